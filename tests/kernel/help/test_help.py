"""Every page of the menu leads to a topic that is there, in both languages; the search finds sections."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.framework.console.home import HomeView
from app.kernel.help.library import LANGUAGES, found, topic_of_page, topics
from app.kernel.parties.roles import ROLES
from tests.support.people import merchant, sign_in, staff

PEOPLE = [(role.name, role.side) for role in ROLES]


def test_every_line_of_the_menu_has_its_topic(app: Flask) -> None:
    with app.app_context():
        views = {item.view for item in app.extensions["console"].menu}
    assert sorted(view for view in views if topic_of_page(view) is None) == []
    explained = {page for topic in topics("zh") for page in topic.pages}
    assert sorted(explained - set(app.extensions["console"].names.values()) - {HomeView.name}) == [], "a topic explains a page that does not exist"


def test_no_page_has_two_topics_and_both_languages_say_the_same() -> None:
    zh, en = (topics(language) for language in LANGUAGES)
    pages = [page for topic in zh for page in topic.pages]
    assert len(pages) == len(set(pages))
    assert [(each.name, each.pages, len(each.parts)) for each in zh] == [(each.name, each.pages, len(each.parts)) for each in en]
    assert all(part.words for topic in (*zh, *en) for part in topic.parts)


@pytest.mark.parametrize(("role", "side"), PEOPLE)
def test_the_mark_on_each_page_leads_to_its_help(app: Flask, role: str, side: str) -> None:
    browser = staff(app, role) if side == "platform" else sign_in(app, merchant(app).members[role])
    lines = set(re.findall(r'<a class="by-side-link"[^>]*href="([^"]+)"', browser.get("/").get_data(as_text=True)))
    assert lines
    for address in sorted(lines):
        page = browser.get(address, follow_redirects=True).get_data(as_text=True)
        way = re.search(r'<a class="by-top-icon" href="(/help/[^"]*)"', page)
        assert way, address
        topic = browser.get(way[1])
        assert (address, topic.status_code, way[1] != "/help/") == (address, 200, True)


def test_words_are_found_where_they_stand(app: Flask) -> None:
    assert [(topic.name, part.title) for topic, part in found("取餐码 自动退款", "zh")] == [("orders", "看板")]
    assert found("", "zh") == []
    browser = staff(app, "Finance")
    page = browser.get("/help/?q=冲正").get_data(as_text=True)
    assert '/help/ledger#part-1"' in page
    assert "没有找到" in browser.get("/help/?q=没有这样的词").get_data(as_text=True).split("</header>")[1]
    assert browser.get("/help/nothing").status_code == 404


def test_the_anchors_of_a_topic_are_on_its_page(app: Flask) -> None:
    browser = staff(app, "Finance")
    for language in LANGUAGES:
        for topic in topics(language):
            page = browser.get(f"/help/{topic.name}?_l_={language}").get_data(as_text=True)
            assert [part.anchor for part in topic.parts if f'<h2 id="{part.anchor}">' not in page] == []


def test_nobody_reads_it_without_signing_in(app: Flask) -> None:
    assert app.test_client().get("/help/").status_code == 302
