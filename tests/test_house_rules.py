"""Rules that no linter here knows: every draw takes a generator, files stay small, imports stay cheap."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted(path for part in ("gan_bench", "toy_distributions") for path in (ROOT / part).rglob("*.py"))
DRAWS = {"rand", "randn", "randint", "randperm", "normal", "multinomial", "bernoulli", "poisson"}


def calls(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def torch_draws_without_generator(tree):
    found = []
    for call in calls(tree):
        target = call.func
        if not (isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)):
            continue
        is_draw = target.value.id == "torch" and target.attr.removesuffix("_like") in DRAWS
        if is_draw and "generator" not in {keyword.arg for keyword in call.keywords}:
            found.append(call.lineno)
        if target.value.id == "torch" and target.attr in {"manual_seed", "seed"}:
            found.append(call.lineno)
    return found


def test_the_rule_sees_what_it_should():
    tree = ast.parse("torch.randn(3)\ntorch.rand(3, generator=g)\ntorch.manual_seed(1)\ntorch.rand_like(x)")
    assert torch_draws_without_generator(tree) == [1, 3, 4]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_draw_takes_a_generator_and_files_stay_small(path):
    text = path.read_text()
    assert torch_draws_without_generator(ast.parse(text)) == []
    assert text.count("\n") < 300


def test_most_functions_are_short():
    lengths = [
        node.end_lineno - node.lineno + 1
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    ]
    assert sum(length <= 30 for length in lengths) >= 0.95 * len(lengths)
    assert max(lengths) <= 60


@pytest.mark.parametrize(
    "module", ["gan_bench", "gan_bench.cli", "gan_bench.report.render", "gan_bench.harness.store"]
)
def test_torch_is_not_imported_by(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
