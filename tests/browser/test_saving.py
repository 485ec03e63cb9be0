"""What is saved and copied: tables as CSV, JSON and LaTeX, figures as SVG that stands alone."""

import csv
import io
import json
import re
import shutil
import subprocess
from xml.etree import ElementTree as ET

import pytest

# As the page writes numbers.
POWER = "\N{MINUS SIGN}2.5 \N{MULTIPLICATION SIGN} 10⁻³"
SVG = "{http://www.w3.org/2000/svg}"
BOARD = "#board-ring8 .scroll:has(> .board) + .save"


def saved(page, box, kind):
    """Text of the file that the button gives, and its name."""
    page.locator(f"{box} > summary").first.click()
    with page.expect_download() as waiting:
        page.locator(f"{box} button", has_text=f"Save {kind}").first.click()
    text = waiting.value.path().read_bytes().decode()
    page.locator(f"{box} > summary").first.click()
    return text, waiting.value.suggested_filename


def copied(page, box, kind):
    page.locator(f"{box} > summary").first.click()
    page.locator(f"{box} button", has_text=f"Copy {kind}").first.click()
    page.wait_for_timeout(150)
    return page.evaluate("navigator.clipboard.readText()")


def test_csv_holds_every_row_with_full_numbers_and_intervals(opened, address):
    page = opened(address)
    text, name = saved(page, BOARD, "CSV")
    assert name == "default-gan-bench-board-ring8.csv"
    rows = list(csv.DictReader(io.StringIO(text)))
    methods = page.locator("#board-ring8 .board tbody tr[data-method] th a").all_inner_texts()
    assert [row["method, what became of its seeds"] for row in rows] == [*methods, "perfect sampler"]
    values = page.evaluate(
        "[...document.querySelectorAll('#board-ring8 .board .key')].map(c => c.dataset.value || c.innerText)"
    )
    assert [row["W1"] for row in rows][: len(values)] == values
    assert re.fullmatch(r"0\.\d{5,}", rows[0]["W1"])
    assert re.fullmatch(r"\[0\.\d+, 0\.\d+\]", rows[0]["W1: interval, notes"])
    assert page.messages == []


def test_json_has_the_same_rows_and_numbers_as_numbers(opened, address):
    page = opened(address)
    records = json.loads(saved(page, BOARD, "JSON")[0])
    rows = list(csv.DictReader(io.StringIO(saved(page, BOARD, "CSV")[0])))
    assert [list(record) for record in records] == [list(row) for row in rows]
    assert isinstance(records[0]["W1"], float)
    assert [str(record["W1"]) for record in records] == [row["W1"] for row in rows]


def test_what_is_saved_is_what_is_seen(opened, address):
    page = opened(f"{address}#view?hide=gan&sort=board-ring8.2.down")
    rows = list(csv.DictReader(io.StringIO(saved(page, BOARD, "CSV")[0])))
    names = [row["method, what became of its seeds"] for row in rows]
    assert "gan" not in names
    seen = page.locator("#board-ring8 .board tbody tr[data-method]:not(.off) th a").all_inner_texts()
    assert names == [*seen, "perfect sampler"]


def test_latex_is_a_booktabs_table_with_everything_escaped(opened, address):
    text, name = saved(opened(address), BOARD, "LaTeX")
    assert name.endswith(".tex")
    columns = re.search(r"\\begin\{tabular\}\{([lr]+)\}", text)[1]
    body = text[text.index(r"\toprule") : text.index(r"\bottomrule")]
    rows = [line for line in body.splitlines() if line.endswith(r"\\")]
    assert len(rows) == 6
    assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {len(columns) - 1}
    assert re.search(r"(?<!\\)[%#_]", body) is None
    assert r"n\_critic" in body
    assert r"\%" in body
    assert columns[0] == "l"
    assert "r" in columns


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="no pdflatex here")
def test_latex_compiles(opened, address, tmp_path):
    text = saved(opened(address), BOARD, "LaTeX")[0]
    whole = (
        f"\\documentclass{{article}}\\usepackage{{booktabs}}\\begin{{document}}\n{text}\\end{{document}}\n"
    )
    (tmp_path / "table.tex").write_text(whole, "utf-8")
    subprocess.run(["pdflatex", "-halt-on-error", "table.tex"], cwd=tmp_path, check=True, capture_output=True)


FIELDS = """texts => {
    const body = document.querySelector('#board-ring8 .board').tBodies[0], row = body.rows[0];
    body.replaceChildren(row);
    texts.forEach((text, k) => { row.cells[k].textContent = text; delete row.cells[k].dataset.value; });
}"""


def test_fields_with_commas_quotes_formulas_and_tex(opened, small_address):
    page = opened(small_address)
    page.evaluate(FIELDS, ['a "b", c', "=1+1", "50 % & x_1", POWER])
    row = next(csv.reader(io.StringIO(saved(page, BOARD, "CSV")[0].split("\r\n", 1)[1])))
    assert row[:4] == ['a "b", c', "'=1+1", "50 % & x_1", POWER]
    latex = saved(page, BOARD, "LaTeX")[0]
    assert r'a "b", c & =1+1 & 50 \% \& x\_1 & $-$2.5 $\times$ 10$^{-3}$' in latex
    assert copied(page, BOARD, "LaTeX") == latex


def test_claims_are_saved_number_by_number(opened, address):
    page = opened(address)
    text, _ = saved(page, ".claims + .save", "CSV")
    rows = list(csv.DictReader(io.StringIO(text)))
    shown = page.evaluate("""() => [...document.querySelectorAll('.claims .number')].map(n => [
        n.closest('tr').querySelector('.statement').textContent, n.querySelector('.what').textContent])""")
    assert [(row["claim"], row["part"]) for row in rows] == [tuple(pair) for pair in shown]
    assert {row["verdict"] for row in rows} <= {"confirmed", "refuted", "inconclusive", "not tested"}


def test_every_table_with_a_head_can_be_saved(opened, small_address):
    page = opened(small_address)
    page.evaluate("document.querySelectorAll('main details').forEach(d => d.open = true)")
    page.wait_for_timeout(100)
    tables = page.locator("table:not([data-plain]):has(thead)").count()
    assert tables > 10
    assert page.locator(".save button", has_text="Save CSV").count() == tables


def figure(page, name):
    text, file = saved(page, f"{name} > .save", "SVG")
    assert file.endswith(".svg")
    return ET.fromstring(text), text


def test_a_figure_stands_alone(opened, address, tmp_path):
    page = opened(address)
    name = page.evaluate("document.querySelector('#dynamics figure:has(.panel > svg)').id")
    root, text = figure(page, f"[id='{name}']")
    assert root.tag == f"{SVG}svg"
    for strange in ("var(", " class=", " style=", " data-", "currentColor", "light-dark"):
        assert strange not in re.sub(r"<defs.*?</defs>", "", text, flags=re.DOTALL), strange
    panels = page.evaluate("id => document.querySelectorAll(`[id='${id}'] .panel > svg`).length", name)
    nested = [node for node in root.findall(f"{SVG}svg") if float(node.get("height")) > 100]
    assert len(nested) == panels
    texts = ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]
    assert any("gan" in words for words in texts)
    fonts = {node.get("font-family") for node in root.iter(f"{SVG}text")}
    assert None not in fonts
    hues = {node.get("stroke") for node in root.iter(f"{SVG}path")}
    assert {"rgb(0, 114, 178)"} <= hues
    # What a `use` points to is in the file.
    ids = {node.get("id") for node in root.iter()}
    assert {node.get("href")[1:] for node in root.iter(f"{SVG}use")} <= ids
    file = tmp_path / "figure.svg"
    file.write_text(text, "utf-8")
    alone = opened(file.as_uri())
    assert alone.messages == []
    assert len(alone.screenshot()) > 15_000


def test_a_dark_figure_is_dark(opened, small_address):
    page = opened(small_address, scheme="dark")
    name = page.evaluate("document.querySelector('#dynamics figure:has(.panel > svg)').id")
    root, _ = figure(page, f"[id='{name}']")
    assert root.find(f"{SVG}rect").get("fill") == "rgb(18, 22, 27)"
    assert "rgb(75, 163, 220)" in {node.get("stroke") for node in root.iter(f"{SVG}path")}


def test_dots_of_a_leaderboard_as_svg(opened, address):
    page = opened(address)
    root, _ = figure(page, "#forest-board-ring8")
    dots = page.locator("#forest-board-ring8 circle").count()
    assert len(list(root.iter(f"{SVG}circle"))) == dots > 5
    assert {"rgb(0, 114, 178)", "rgb(213, 94, 0)"} <= {node.get("fill") for node in root.iter(f"{SVG}circle")}
    assert "wgan-gp" in "".join(root.itertext())
    hidden, _ = figure(opened(f"{address}#view?hide=gan"), "#forest-board-ring8")
    assert len(list(hidden.iter(f"{SVG}circle"))) == dots - 3


def test_clouds_and_images_as_svg(opened, address):
    page = opened(f"{address}#samples-glyphs")
    for group in ("#samples-ring8", "#samples-glyphs"):
        page.evaluate("id => document.querySelector(id).closest('details').open = true", group)
        page.wait_for_timeout(100)
        name = page.evaluate("g => document.querySelector(`${g} figure:has(img)`).id", group)
        root, _ = figure(page, f"[id='{name}']")
        sources = [node.get("href") for node in root.iter(f"{SVG}image")]
        assert len(sources) >= 2
        assert all(source.startswith("data:image/png;base64,") for source in sources)


def test_a_command_is_copied(opened, small_address):
    page = opened(small_address)
    # A text to copy may stand anywhere; without scripts nothing shows that it can be copied.
    seen = "[...document.querySelectorAll('[data-copy]')].filter(e => e.checkVisibility())"
    asked = page.evaluate(f"{seen}.map(e => e.dataset.copy)")
    buttons = page.locator(".copy")
    if asked:
        assert buttons.count() >= len(asked)
        page.locator(".copy:visible").first.click()
        page.wait_for_timeout(150)
        assert page.evaluate("navigator.clipboard.readText()") == asked[0]
        sign = "getComputedStyle(document.querySelector('.copy.copied'), '::after').content"
        assert "copied" in page.evaluate(sign)
        page.wait_for_selector(".copied", state="detached")
    assert opened(small_address, script=False).locator(".copy").count() == 0
