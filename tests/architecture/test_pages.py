"""Pages that are made from the code say what the code says; run `make docs` when this fails."""

from pathlib import Path

import pytest

from docs.tools.coverage import coverage_page
from docs.tools.money import money_page

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("name", "page"), [("coverage.md", coverage_page), ("money.md", money_page)])
def test_the_page_is_current(name, page):
    assert (DOCS / name).read_text(encoding="utf-8") == page()
