"""The page as HTML: no error of the strict parser, no id twice, no link that leads nowhere."""

from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlparse

import html5lib
import pytest


def parsed(text):
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(text)
    # Positions help to find an error; the names are html5lib's.
    return tree, [(where, name) for where, name, _ in parser.errors]


def links_and_ids(tree):
    ids = Counter(node.get("id") for node in tree.iter() if node.get("id"))
    links = [node.get("href") for node in tree.iter("a")]
    named = [name for node in tree.iter() for a in ("aria-labelledby", "for") if (name := node.get(a))]
    return ids, links, named


@pytest.fixture(params=["address", "small_address", "hostile_address"])
def text(request):
    return Path(unquote(urlparse(request.getfixturevalue(request.param)).path)).read_text("utf-8")


def test_the_page_is_valid_and_its_links_lead_somewhere(text):
    tree, errors = parsed(text)
    assert errors == []
    ids, links, named = links_and_ids(tree)
    assert [name for name, n in ids.items() if n > 1] == []
    assert {link[1:] for link in links if link.startswith("#")} - set(ids) == set()
    assert [link for link in links if not link.startswith("#")] == []
    assert set(named) - set(ids) == set()


def test_with_what_the_script_adds_it_is_still_valid(opened, address):
    page = opened(address)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.wait_for_timeout(200)
    tree, errors = parsed("<!DOCTYPE html>" + page.evaluate("document.documentElement.outerHTML"))
    assert errors == []
    ids, _, named = links_and_ids(tree)
    assert [name for name, n in ids.items() if n > 1] == []
    assert set(named) - set(ids) == set()


def test_the_parser_sees_errors():
    """The check above would notice: a stray end tag, an attribute twice."""
    assert parsed("<!DOCTYPE html><title>x</title><p></b>")[1]
    assert parsed("<!DOCTYPE html><title>x</title><p id=a id=b>")[1]
