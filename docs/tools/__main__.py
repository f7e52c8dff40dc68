"""Write every generated page anew."""

from pathlib import Path

from docs.tools.coverage import coverage_page
from docs.tools.money import money_page

DOCS = Path(__file__).parent.parent

if __name__ == "__main__":
    (DOCS / "coverage.md").write_text(coverage_page(), encoding="utf-8")
    (DOCS / "money.md").write_text(money_page(), encoding="utf-8")
