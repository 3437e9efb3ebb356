"""What companies owe in the ledger is what their orders charged, less what came back, was paid, and was given up."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.kernel.ledger.proofs import SqlProof


class AccountsOweWhatTheyCharged(SqlProof):
    """Each account: what the ledger says it owes = charges − refunds that succeeded − payments − what was written off, from their own tables."""

    name = "credit.owed"
    number = 6
    title = _l("月结应收等于挂账减退款、回款和核销")
    violations = """
        SELECT account.number AS subject, charged.amount - back.amount - received.amount AS expected, owed.amount AS found
        FROM credit_account AS account
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount), 0) AS amount FROM pay_payment WHERE channel = 'account' AND status = 'paid' AND account_number = account.number
        ) AS charged
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(refund.amount), 0) AS amount FROM pay_refund AS refund JOIN pay_payment AS payment ON payment.id = refund.payment_id
            WHERE payment.channel = 'account' AND payment.account_number = account.number AND refund.status = 'succeeded'
        ) AS back
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(receipt.amount), 0) AS amount FROM credit_receipt AS receipt
            JOIN credit_statement AS statement ON statement.id = receipt.statement_id
            WHERE statement.account_id = account.id AND receipt.status = 'approved'
        ) AS received
        CROSS JOIN LATERAL (
            SELECT coalesce(-sum(entry.amount), 0) AS amount FROM ledger_account AS kept JOIN ledger_entry AS entry ON entry.account_id = kept.id
            WHERE kept.book = 'account_receivable' AND kept.owner_kind = 'company' AND kept.owner_id = account.id
        ) AS owed
        WHERE charged.amount - back.amount - received.amount <> owed.amount
    """


class AccountStatementsAddUp(SqlProof):
    """Each statement is the sum of its lines, and what it counts as paid and written off is its approved receipts."""

    name = "credit.statements"
    number = 6
    title = _l("月结账单等于明细之和，已付等于批准的回款")
    violations = """
        SELECT statement.number AS subject, concat(lines.amount, ' / ', received.paid, ' / ', received.lost) AS expected,
               concat(statement.amount, ' / ', statement.paid, ' / ', statement.written_off) AS found
        FROM credit_statement AS statement
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS amount FROM credit_line WHERE statement_id = statement.id) AS lines
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount) FILTER (WHERE kind = 'bank'), 0) AS paid, coalesce(sum(amount) FILTER (WHERE kind = 'write_off'), 0) AS lost
            FROM credit_receipt WHERE statement_id = statement.id AND status = 'approved'
        ) AS received
        WHERE (lines.amount, received.paid, received.lost) <> (statement.amount, statement.paid, statement.written_off)
    """


CREDIT_PROOFS = (AccountsOweWhatTheyCharged, AccountStatementsAddUp)
