"""Reports of a run: JUnit XML and one HTML page that needs no other file."""

import dataclasses
import html
import pathlib
import re
import xml.etree.ElementTree as xml

from . import verdict

TEMPLATE = pathlib.Path(__file__).with_name("report.html")
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclasses.dataclass
class Row:
    """A job with its verdict and, if that is not good, the command that runs it again with waves."""

    list_name: str
    test: object
    seed: int
    measurement: object
    verdict: object
    command: str
    again: str | None


def _plain(text):
    return NOT_IN_XML.sub("\ufffd", text)


def junit(rows):
    """Text of an XML file: a suite for each list, a case for each seed of a test; expected failures are skipped cases."""
    root = xml.Element("testsuites")
    for name in dict.fromkeys(row.list_name for row in rows):
        cases = [row for row in rows if row.list_name == name]
        outcomes = [row.verdict.outcome for row in cases]
        suite = xml.SubElement(root, "testsuite", name=name, tests=str(len(cases)), time=f"{sum(row.measurement.seconds for row in cases):.3f}")
        suite.set("failures", str(outcomes.count(verdict.FAILED) + outcomes.count(verdict.UNEXPECTED)))
        suite.set("errors", str(outcomes.count(verdict.BROKEN)))
        suite.set("skipped", str(outcomes.count(verdict.EXPECTED)))
        for row in cases:
            seconds = f"{row.measurement.seconds:.3f}"
            case = xml.SubElement(suite, "testcase", classname=f"{name}.{row.test.name}", name=f"seed {row.seed}", time=seconds)
            kind = {verdict.PASSED: None, verdict.EXPECTED: "skipped", verdict.BROKEN: "error"}.get(row.verdict.outcome, "failure")
            if kind is None:
                continue
            found = xml.SubElement(case, kind, message=_plain(row.verdict.why))
            if row.again is not None:
                found.set("type", row.verdict.outcome)
                found.text = _plain(f"{row.measurement.output}\nwith waves: {row.again}\n")
    xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, encoding="unicode") + "\n"


def _cell(value, shown=None, kind=""):
    """A cell that is sorted by its value: a number or text; None: it has none."""
    shown = "" if value is None else html.escape(str(value) if shown is None else shown)
    key = "" if value is None else html.escape(str(value), quote=True)
    return f'<td class="{kind}" data-key="{key}">{shown}</td>'


def _row(row):
    deviation = row.verdict.deviation
    shown = None if deviation is None else f"{100 * deviation:+.2f} %"
    outcome = f'<td class="outcome" data-key="{row.verdict.outcome}">{row.verdict.outcome}</td>'
    details = f"<p>{html.escape(row.verdict.why)}</p>" if row.verdict.why else ""
    if row.again is not None:
        details += f"<p>With waves: <code>{html.escape(row.again)}</code></p><details><summary>output</summary>"
        details += f"<pre>{html.escape(row.measurement.output)}</pre></details>"
    details += f"<details><summary>command</summary><code>{html.escape(row.command)}</code></details>"
    cells = [
        _cell(row.list_name),
        _cell(row.test.name),
        _cell(row.seed, kind="number"),
        outcome,
        _cell(row.measurement.cycles, kind="number"),
        _cell(row.verdict.golden, kind="number"),
        _cell(deviation, shown, "number"),
        _cell(row.measurement.seconds, f"{row.measurement.seconds:.2f}", "number"),
        f"<td>{details}</td>",
    ]
    return f'<tr class="{"good" if row.verdict.good else "bad"}">{"".join(cells)}</tr>'


def page(rows, title, summary):
    """Text of the HTML page."""
    text = TEMPLATE.read_text()
    values = {"TITLE": html.escape(title), "SUMMARY": html.escape(summary), "ROWS": "\n".join(map(_row, rows))}
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], text)
