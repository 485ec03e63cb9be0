"""What the script adds: sorting, finding, hiding, comparing, axes, steps, and links that hold all of it."""

import re
from urllib.parse import parse_qs, quote

import pytest

# As the page writes numbers.
NONE, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"
SMALL = "2.50 \N{MULTIPLICATION SIGN} 10⁻⁷"
BOARD = "#board-ring8 table.board"


def column(page, table, heading):
    """Texts of a column's cells from top to bottom, and its heading's aria-sort."""
    return page.evaluate(
        """([table, heading]) => {
            const made = document.querySelector(table);
            const k = [...made.tHead.rows[0].cells].findIndex(th => th.textContent.includes(heading));
            const rows = [...made.tBodies[0].rows];
            return [rows.map(row => row.cells[k].firstChild?.textContent ?? ''),
                    made.tHead.rows[0].cells[k].getAttribute('aria-sort')];
        }""",
        [table, heading],
    )


def shown(page, selector):
    return page.evaluate(
        # checkVisibility takes groups inside of an SVG for visible whatever their display.
        """selector => [...document.querySelectorAll(selector)]
            .filter(e => e.checkVisibility() && getComputedStyle(e).display !== 'none').length""",
        selector,
    )


def view_of(page):
    return parse_qs(page.url.partition("#view?")[2])


def soon(page, expression, wanted):
    """Wait until the page says so: what is typed is looked for after a moment."""
    for _ in range(40):
        if page.evaluate(expression) == wanted:
            return
        page.wait_for_timeout(25)
    assert page.evaluate(expression) == wanted


def test_sorting_goes_up_down_and_back_and_keeps_the_perfect_sampler_last(opened, address):
    page = opened(address)
    made, none = column(page, BOARD, "worst seed")
    button = page.locator(f"{BOARD} th button", has_text="worst seed")
    found = []
    for _ in range(3):
        button.click()
        found.append(column(page, BOARD, "worst seed"))
    (up, said_up), (down, said_down), (back, said_back) = found
    numbers = [float(text.replace("∞", "inf")) for text in up[:-2]]
    # The method that failed has a dash and stays behind the numbers, the perfect sampler behind all.
    assert numbers == sorted(numbers)
    assert [float(text.replace("∞", "inf")) for text in down[:-2]] == numbers[::-1]
    assert up[-2:] == down[-2:] == [NONE, ""]
    assert (back, said_back, none) == (made, None, None)
    assert (said_up, said_down) == ("ascending", "descending")


def test_the_table_in_the_header_is_sorted_too(opened, address):
    page = opened(address)
    names = ".glance >> nth=0 >> tbody th"
    made = page.locator(names).all_inner_texts()
    page.locator(".glance >> nth=0 >> thead button", has_text="data set").click()
    assert page.locator(names).all_inner_texts() == sorted(made) != made
    assert page.messages == []


def test_sorting_by_words_and_by_keyboard(opened, address):
    page = opened(address)
    page.locator(f"{BOARD} th button", has_text="method").focus()
    page.keyboard.press("Enter")
    names = page.locator(f"{BOARD} tbody tr[data-method] th a").all_inner_texts()
    assert names == sorted(names)
    page.keyboard.press("Space")
    assert page.locator(f"{BOARD} tbody tr[data-method] th a").all_inner_texts() == sorted(names)[::-1]


CELLS = {
    "numbers as they are written": (
        ["1,200", f"{MINUS}3", "∞", NONE, SMALL, "12.0 %"],
        [f"{MINUS}3", SMALL, "12.0 %", "1,200", "∞", NONE],
    ),
    "words with numbers in them": (["seed 10", "seed 9", "", "seed 1"], ["seed 1", "seed 9", "seed 10", ""]),
    "mixed columns are words": (["b", "10", "a"], ["10", "a", "b"]),
    "equal ones keep their order": (["1 b", "1 a", "0 c", "1 d"], ["0 c", "1 b", "1 a", "1 d"]),
}


def test_what_is_smaller(opened, small_address):
    """Sort a table whose cells are replaced by known ones."""
    page = opened(small_address)
    page.evaluate("document.querySelector('.glossary').closest('details').open = true")
    page.wait_for_selector(".glossary .sort")
    cases = [given for given, _ in CELLS.values()]
    results = page.evaluate(
        """cases => cases.map(given => {
            const table = document.querySelector('.glossary'), body = table.tBodies[0];
            const row = body.rows[0];
            body.replaceChildren(...given.map(text => {
                const made = row.cloneNode(true);
                made.cells[1].textContent = text;
                return made;
            }));
            const button = table.tHead.rows[0].cells[1].querySelector('button');
            while (button.parentNode.ariaSort !== 'ascending') button.click();
            const sorted = [...body.rows].map(row => row.cells[1].textContent);
            button.click();
            button.click();
            return sorted;
        })""",
        cases,
    )
    assert dict(zip(CELLS, results, strict=True)) == {case: wanted for case, (_, wanted) in CELLS.items()}


def test_finding_leaves_what_matches_and_counts_it(opened, address):
    page = opened(address)
    rows = f"{BOARD} tbody tr[data-method]"
    assert shown(page, rows) == 4
    page.fill("input[type=search]", "WGAN-GP ring8")
    soon(page, "document.querySelector('.found').textContent !== ''", True)
    assert shown(page, rows) == 1
    assert shown(page, "#board-glyphs") == 0
    assert shown(page, ".cell") == 1
    units = shown(page, ".found")
    assert units == 1
    said = page.inner_text(".found")
    assert "entries match “WGAN-GP ring8”" in said
    page.evaluate("scrollTo({top: 1e6, behavior: 'instant'})")
    page.press("input[type=search]", "Enter")
    soon(page, "document.querySelector('.top [data-label=nearest]').getBoundingClientRect().top > 0", True)
    page.fill("input[type=search]", "grid25")
    soon(page, "document.querySelector('#board-grid25').checkVisibility()", True)
    assert shown(page, "#board-ring8") == 0
    page.fill("input[type=search]", "zebra")
    soon(page, "document.querySelector('.found').textContent.startsWith('0 entries match')", True)
    assert "try fewer" in page.inner_text(".found")
    assert page.locator("text=Go to the first").count() == 0
    page.fill("input[type=search]", "")
    soon(page, "document.querySelector('.found').textContent", "")
    assert shown(page, rows) == 4
    # What the search unfolded is folded again.
    assert shown(page, "#board-grid25") == 0


def test_hiding_a_method_hides_it_everywhere(opened, address):
    page = opened(address)
    before = shown(page, "[data-method='wgan-gp']")
    assert before > 10
    # The median of gan in a panel of wgan-gp goes with that panel.
    kept = "main [data-method='gan']:not([data-method='wgan-gp'] *)"
    others = shown(page, kept)
    page.click("text=View")
    page.locator(".view button", has_text="wgan-gp").click()
    assert shown(page, "main [data-method='wgan-gp']") == 0
    assert shown(page, kept) == others
    assert page.inner_text(".tools .push") == "View: 1 hidden"
    assert page.locator(".view button", has_text="wgan-gp").get_attribute("aria-pressed") == "false"
    page.click("text=Show all")
    assert shown(page, "[data-method='wgan-gp']") == before + 1


def test_lines_inside_of_figures_are_hidden_too(opened, small_address):
    page = opened(small_address)
    page.evaluate("""() => {
        const line = document.querySelector('.panel svg path').parentNode;
        line.dataset.method = 'gan'; line.id = 'line';
    }""")
    page.click("text=View")
    page.locator(".view button", has_text=re.compile("^gan$")).click()
    assert page.evaluate("getComputedStyle(document.getElementById('line')).display") == "none"


def test_a_board_compares_with_the_chosen_method(opened, address):
    page = opened(address)
    page.click("text=View")
    lowest = page.locator(f"{BOARD} td.against").all_inner_texts()
    values = page.evaluate(
        f"[...document.querySelectorAll('{BOARD} tr[data-method]')].map(r => [r.dataset.method, "
        "r.querySelector('.key').dataset.value])"
    )
    page.select_option("#view-baseline", "gan")
    known = {method: float(value) for method, value in values if value}
    for method, value in known.items():
        said = page.locator(f"{BOARD} tr[data-method='{method}'] td.against").inner_text()
        if method == "gan":
            assert said == "compared with this"
        else:
            # Three digits are written.
            assert float(said.removesuffix(" times")) == pytest.approx(value / known["gan"], rel=6e-3)
    assert "to gan" in page.locator(f"{BOARD} thead").inner_text()
    assert page.locator(f"{BOARD} tr[data-method='nsgan'] td.against").inner_text() == NONE
    page.select_option("#view-baseline", "")
    assert page.locator(f"{BOARD} td.against").all_inner_texts() == lowest


def test_the_linear_axis_places_dots_by_their_values(opened, address):
    """On a linear axis places are linear in values: one line through all dots, centres, ends and ticks."""
    page = opened(address)
    places = """() => {
        const box = document.querySelector('#forest-board-ring8 .strips-box'), found = [];
        const add = (node, x, value) => found.push([parseFloat(node.getAttribute(x)), Number(value)]);
        box.querySelectorAll('circle').forEach(n => add(n, 'cx', n.dataset.value));
        box.querySelectorAll('.centre').forEach(n => add(n, 'x1', n.dataset.value));
        box.querySelectorAll('.interval').forEach(n => add(n, 'x1', n.dataset.low));
        box.querySelectorAll('.interval').forEach(n => add(n, 'x2', n.dataset.high));
        box.querySelectorAll('.band-median').forEach(n => add(n, 'x1', box.dataset.median));
        box.querySelectorAll('.axis text:not(.off)').forEach(n => add(n, 'x', n.textContent));
        return found;
    }"""
    before = page.evaluate(places)
    page.click("text=View")
    page.click("text=Linear")
    after = page.evaluate(places)
    (x0, v0), (x1, v1) = min(after, key=lambda p: p[1]), max(after, key=lambda p: p[1])
    slope = (x1 - x0) / (v1 - v0)
    # Places have two decimals of a per cent.
    assert all(x == pytest.approx(x0 + slope * (v - v0), abs=0.03) for x, v in after)
    assert all(0 <= x <= 100 for x, _ in after)
    assert "linear axis" in page.inner_text("#forest-board-ring8 figcaption")
    page.click("text=Logarithmic")
    assert page.evaluate(places) == before
    assert "log axis" in page.inner_text("#forest-board-ring8 figcaption")


INK = """k => [...document.querySelectorAll('#samples .group[open] .stage canvas')].map(c => {
    const data = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) sum = (sum * 31 + data[i] + data[i + 3]) % 1000003;
    return [c.width, sum, c.getAttribute('aria-label')];
})"""


def test_the_slider_shows_one_step_of_all_methods(opened, address):
    page = opened(address)
    slider = page.locator("#samples .group[open] .stepper input").first
    slider.scroll_into_view_if_needed()
    soon(page, f"({INK})().every(([w]) => w > 100)", True)
    last = page.evaluate(INK)
    assert len(last) == 3
    assert slider.get_attribute("aria-valuetext").startswith("step ")
    final = slider.get_attribute("aria-valuetext")
    slider.focus()
    page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == "step 0"
    soon(page, f"({INK})().every(([w, s, label]) => label.endsWith('step 0'))", True)
    page.wait_for_timeout(100)
    first = page.evaluate(INK)
    assert all(a[1] != b[1] for a, b in zip(first, last, strict=True))
    assert view_of(page)["step"] == ["0"]
    page.keyboard.press("End")
    assert slider.get_attribute("aria-valuetext") == final
    page.wait_for_timeout(100)
    assert page.evaluate(INK) == last


def test_images_have_a_slider_too(opened, address):
    page = opened(f"{address}#samples-glyphs")
    stage = page.locator("#samples-glyphs .stage, #dynamics-glyphs .stage")
    assert stage.count() >= 1
    assert page.locator("#samples-glyphs .stepper input").first.get_attribute("aria-valuetext") == "step 750"


def test_a_link_reproduces_the_view(opened, address):
    page = opened(address)
    page.click("text=View")
    page.locator(".view button", has_text="nsgan").click()
    page.select_option("#view-baseline", "gan")
    page.click("text=Linear")
    page.click("button:text-is('Dark')")
    page.locator(f"{BOARD} th button", has_text="median seed").click()
    page.fill("input[type=search]", "ring8")
    soon(page, "location.hash.includes('q=ring8')", True)
    view = view_of(page)
    assert view["hide"] == ["nsgan"]
    assert (view["baseline"], view["axis"], view["theme"]) == (["gan"], ["linear"], ["dark"])
    assert view["sort"] == ["board-ring8.3.up"]
    state = """() => { const at = name => document.querySelector(name); return [
        document.documentElement.dataset.theme, at('input[type=search]').value, at('.found').textContent,
        at('.tools .push').textContent, at('#board-ring8 .board').innerText, at('#view-baseline').value,
        at('#forest-board-ring8 .strips-box').innerHTML.replaceAll(' class=""', '')]; }"""
    other = opened(page.url)
    assert other.evaluate(state) == page.evaluate(state)
    assert other.url == page.url
    other.click("text=View")
    other.click("text=Reset")
    assert "#" not in other.url
    assert other.evaluate(state) == opened(address).evaluate(state)


def test_a_link_to_this_view_is_copied(opened, address):
    page = opened(f"{address}#view?hide=gan")
    page.click("text=View")
    page.click("text=Copy a link to this view")
    soon(page, "document.querySelector('p[role=status].visually-hidden').textContent", "Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    page.locator("#board-ring8 .here").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(150)
    assert page.evaluate("navigator.clipboard.readText()") == f"{page.url}&at=board-ring8"


def test_places_have_links_and_links_lead_there(opened, address):
    page = opened(address)
    page.locator("#leaderboards > .here").focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(150)
    assert page.evaluate("navigator.clipboard.readText()") == f"{address}#leaderboards"
    folded = opened(f"{address}#view?hide=gan&at=board-grid25")
    assert folded.evaluate("document.getElementById('board-grid25').checkVisibility()")
    plain = opened(f"{address}#board-grid25")
    assert plain.evaluate("document.getElementById('board-grid25').checkVisibility()")
    assert plain.url.endswith("#board-grid25")


HOSTILE_VIEWS = [
    "q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
    "hide=nobody&baseline=nobody&axis=cubic&step=-1&theme=pink",
    "sort=nowhere.0.up&sort=board-ring8.999.up&sort=board-ring8.1.sideways&sort=__proto__.0.up&sort=..",
    "step=99999999999999999999&step=NaN&at=%00&__proto__=1&constructor=2",
    "q=" + "a" * 100_000,
    "%E0%A4%A",
]


def test_views_that_make_no_sense_are_ignored(opened, small_address):
    page = opened(f"{small_address}#view?{HOSTILE_VIEWS[0]}")
    assert shown(page, f"{BOARD} tbody tr") == 0
    for view in HOSTILE_VIEWS[1:]:
        page.evaluate("view => { location.hash = `#view?${view}`; }", view)
        page.wait_for_timeout(50)
        assert shown(page, f"{BOARD} tbody tr") == 3, view[:60]
        assert page.evaluate("document.documentElement.dataset.theme ?? ''") == ""
    assert page.locator("img[src=x]").count() == 0
    assert page.messages == []


def test_a_step_beyond_the_last_is_the_last(opened, address):
    page = opened(f"{address}#view?step=999999")
    assert page.locator(".stepper input").first.get_attribute("aria-valuetext") == "step 2000"


def test_open_all_and_close_all(opened, small_address):
    page = opened(small_address)
    page.click("text=View")
    page.click("text=Open all")
    assert page.locator("main details:not(.save):not([open])").count() == 0
    page.click("text=Close all")
    assert page.locator("main details[open]").count() == 0
    page.keyboard.press("Escape")
    assert page.get_attribute(".tools .push", "aria-expanded") == "false"
    assert page.evaluate("document.activeElement.textContent") == "View"


def test_hostile_names_are_just_names_to_the_script(opened, hostile_address):
    from_markup = quote("</script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}", safe="")
    page = opened(f"{hostile_address}#view?hide={from_markup}&baseline={from_markup}")
    page.click("text=View: 1 hidden")
    assert page.locator(".view button", has_text="<img src=x onerror=alert(1)>").count() == 1
    page.click("text=Show all")
    page.fill("input[type=search]", "<img")
    soon(page, "document.querySelector('.found').textContent.includes('<img')", True)
    assert page.locator("img[src=x]").count() == 0
    assert page.messages == []
    assert "to </script><img" in page.locator("#board-ring8 .board thead").inner_text()
