"""Generates the table and chart of docs/performance.md from docs/generated/performance.json."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orderflow_cli import ROOT

RESULTS_FILE = Path("docs/generated/performance.json")
PAGE = Path("docs/performance.md")
CHART = Path("docs/generated/performance.svg")
_BEGIN, _END = "<!-- measured:begin -->", "<!-- measured:end -->"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table, as defined in rows.toml."""

    key: str
    description: str
    unit: str
    baseline: str = ""
    first_result: str = ""
    unoptimized_result: str = ""
    target: str = ""


ROWS = tuple(Row(**row) for row in tomllib.loads((Path(__file__).parent / "rows.toml").read_text())["row"])
_CHART_WIDTH, _LEFT_MARGIN, _MAX_BAR_WIDTH, _ROW_HEIGHT = 860, 470, 300, 24


def read_results(root: Path = ROOT) -> dict[str, Any]:
    return dict(json.loads((root / RESULTS_FILE).read_text()))


def generated_files(root: Path = ROOT) -> dict[Path, str]:
    """Return the new contents of the page and of the chart, keyed by path."""
    results = read_results(root)
    head, _, tail = (root / PAGE).read_text().partition(_BEGIN)
    _, _, end = tail.partition(_END)
    table = "\n".join(_table(results))
    return {PAGE: f"{head}{_BEGIN}\n{table}\n{_END}{end}", CHART: _chart(results["rows"])}


def _table(results: dict[str, Any]) -> Iterator[str]:
    yield f"`make bench` on {results['machine']}; medians (range); earlier results without a unit are ratios."
    yield ""
    yield "| measurement | result | compared with | ratio | first result | before optimization | target | date |"
    yield "|---|---:|---|---:|---|---|---|---|"
    for row in ROWS:
        if (figure := results["rows"].get(row.key)) is None:
            continue
        ratio = f"**{figure['ratio']:.2f}** ({_format_range(figure['ratio_spread'])})" if "ratio" in figure else ""
        comparison = f"{row.baseline}: {_format_figure(figure['against'])} {row.unit}" if "ratio" in figure else ""
        value = f"{_format_figure(figure['value'])} {row.unit}".strip()
        if figure["spread"][0] != figure["spread"][1]:
            value += f" ({_format_range(figure['spread'])})"
        if figure["note"]:
            value += f"; {figure['note']}"
        history = f"{row.first_result} | {row.unoptimized_result} | {row.target} | {figure['date']}"
        yield f"| {row.description} | {value} | {comparison} | {ratio} | {history} |"


def _format_range(bounds: list[float]) -> str:
    return f"{_format_figure(bounds[0])}-{_format_figure(bounds[1])}"


def _format_figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 20 else f"{value:.2f}"


def _chart(rows: dict[str, Any]) -> str:
    """Draw the ratios as bars, with a line at 1."""
    row_ratios = [(row, rows[row.key]["ratio"]) for row in ROWS if "ratio" in rows.get(row.key, {})]
    measurement, chart_note = "", "shorter is better, except for requests per second"
    lines = []
    for number, (row, ratio) in enumerate(row_ratios):
        measurement = row.description or measurement
        y = 40 + number * _ROW_HEIGHT
        bar_width = min(ratio / 2.5, 1.0) * _MAX_BAR_WIDTH
        label = f"{measurement.split(',')[0]} / {row.baseline.split(':')[0]}".replace("`", "")
        lines.append(f'<text x="{_LEFT_MARGIN - 10}" y="{y + 13}" text-anchor="end">{label}</text>')
        lines.append(f'<rect x="{_LEFT_MARGIN}" y="{y}" width="{bar_width:.1f}" height="16" fill="#3b6ea5"/>')
        lines.append(f'<text x="{_LEFT_MARGIN + bar_width + 6:.1f}" y="{y + 13}">{ratio:.2f}</text>')
    height = 56 + len(row_ratios) * _ROW_HEIGHT
    x = _LEFT_MARGIN + _MAX_BAR_WIDTH / 2.5
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_CHART_WIDTH} {height}" font-family="sans-serif" '
        f'font-size="12"><title>Orderflow compared with alternatives and lower bounds; {chart_note}</title>\n'
        f'<rect width="{_CHART_WIDTH}" height="{height}" fill="#fff"/>\n'
        f'<text x="{_LEFT_MARGIN}" y="22">ratio to an alternative or a lower bound; {chart_note}</text>\n'
        + "\n".join(lines)
        + f'\n<line x1="{x}" x2="{x}" y1="32" y2="{height - 12}" stroke="#c0392b" stroke-dasharray="4"/>\n</svg>\n'
    )
