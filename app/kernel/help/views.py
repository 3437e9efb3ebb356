"""`/help`: the topics, one topic, and a search in all of them."""

from __future__ import annotations

from flask import Response, request, url_for
from flask_babel import lazy_gettext as _l

from app.core.errors import NotFound
from app.framework.console.formats import speaks_chinese
from app.framework.console.page import Page, expose, page_access
from app.kernel.help.library import found, neighbours, topic_named, topic_of_page, topics


class HelpPage(Page):
    """Help for everybody who signs in."""

    name = "help"
    route_base = "/help"
    title = _l("帮助")
    icon = "help"
    words = {"index": _l("看帮助")}

    @expose("/")
    @page_access("can_index")
    def index(self) -> Response:
        """All topics with their sections, or the sections in which `q` occurs."""
        words = request.args.get("q", "").strip()[:60]
        return self.render("help/index.html", topics=topics(_language()), q=words, hits=found(words, _language()))

    @expose("/<name>")
    @page_access("can_index")
    def show(self, name: str) -> Response:
        """One topic."""
        topic = topic_named(name, _language())
        if topic is None:
            raise NotFound
        before, after = neighbours(topic, topics(_language()))
        return self.render("help/topic.html", topic=topic, topics=topics(_language()), before=before, after=after, page_title=topic.title)


def address_of(view: str) -> str | None:
    """Where the help for a view is; the list of topics for a view without a topic of its own."""
    if view == HelpPage.name:
        return None
    topic = topic_of_page(view)
    return url_for("HelpPage.show", name=topic) if topic else url_for("HelpPage.index")


def _language() -> str:
    return "zh" if speaks_chinese() else "en"
