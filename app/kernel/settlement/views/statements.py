"""Statements: the list with its moves in bulk, the record down to every order and rule, the merchant's balance."""

from __future__ import annotations

import io
from typing import Any

from flask import Response, redirect, send_file
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.core import clock
from app.core.actors import Actor
from app.framework.console.columns import Action, Column, Section, Tab
from app.framework.console.fields import CountField, LookupField, MoneyField, PercentField
from app.framework.console.filters import ChoiceFilter, DateFilter, MoneyFilter, PartyFilter
from app.framework.console.links import order_link
from app.framework.console.page import expose, may, page_access
from app.framework.console.view import ConsoleView, view_url
from app.kernel.commission.queries import version_labels
from app.kernel.ledger.views import TransactionPage
from app.kernel.parties.queries import merchant_named, merchants_called
from app.kernel.settlement.models import Policy, Statement, StatementLine
from app.kernel.settlement.models.policies import CYCLES
from app.kernel.settlement.models.statements import KINDS
from app.kernel.settlement.operations.exports import AT_ONCE, ask_export
from app.kernel.settlement.operations.policies import propose_policy
from app.kernel.settlement.queries import available_below
from app.kernel.settlement.workbook.sheets import Extent, write

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LINES_SHOWN = 200
