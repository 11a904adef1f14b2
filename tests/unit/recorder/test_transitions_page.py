from pathlib import Path

from recorder.transitions_page import page

PAGE = Path(__file__).parents[3] / "docs" / "transitions.md"


def test_page_is_printed_again_when_the_table_changed() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "print it: PYTHONPATH=lambdas python -m recorder.transitions_page > docs/transitions.md"
    )
