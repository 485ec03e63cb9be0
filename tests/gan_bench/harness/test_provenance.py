import getpass
import json
import socket
import subprocess
from pathlib import Path

import pytest

from gan_bench.harness import machine, provenance
from gan_bench.harness.job import Job
from gan_bench.paths import shown, without_absolute


@pytest.mark.parametrize(("name", "counts"), [
    ("train.py", True), ("seeds.py", True), ("methods/presets.py", True), ("metrics/transport.py", True),
    ("experiments/training/run.py", True), ("harness/run.py", True), ("harness/machine.py", True),
    ("registry.py", True), ("catalogue.py", True),
    ("report/render.py", False), ("analysis/intervals.py", False), ("cli.py", False),
    ("commands/run.py", False),
    ("experiments/training/figures.py", False), ("experiments/training/figures/clouds.py", False),
    ("experiments/training/claims.py", False), ("harness/driver.py", False), ("harness/store.py", False),
])  # fmt: skip
def test_sources_that_can_change_numbers(name, counts):
    assert provenance._changes_numbers(name) == counts


def test_digest_of_sources_follows_an_edit(tmp_path, monkeypatch):
    for name in ("train.py", "cli.py"):
        (tmp_path / name).write_text("1")
    monkeypatch.setattr(provenance, "_sources", lambda: [("gan_bench/train.py", tmp_path / "train.py")])
    before = provenance.sources_digest.__wrapped__()
    (tmp_path / "cli.py").write_text("2")
    assert provenance.sources_digest.__wrapped__() == before
    (tmp_path / "train.py").write_text("2")
    assert provenance.sources_digest.__wrapped__() != before


def test_sources_are_of_both_packages():
    names = {name for name, _ in provenance._sources()}
    assert {"gan_bench/train.py", "toy_distributions/mixtures.py", "gan_bench/methods/objectives.py"} <= names


def test_plugins_are_found_wherever_settings_name_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_loss.py").write_text("1")
    settings = {"method": {"constraints": [{"kind": "my_loss.py:Mine"}]}, "note": "a: b", "device": "cuda:0"}
    job = Job("training", "m", "d", (0,), settings, source="my_loss.py:EXPERIMENT")
    found = provenance.plugins_digests(job)
    assert sorted(found) == ["my_loss.py:EXPERIMENT", "my_loss.py:Mine"]
    (tmp_path / "my_loss.py").write_text("2")
    assert provenance.plugins_digests(job) != found
    (tmp_path / "my_loss.py").unlink()
    assert set(provenance.plugins_digests(job).values()) == {"missing"}


def test_modules_and_builtins_named_by_settings():
    job = Job("training", "m", "d", (0,), {"a": "pydantic.fields:Field", "b": "gan_bench.nets.mlp:MLPCritic"})
    assert list(provenance.plugins_digests(job)) == ["pydantic.fields:Field"]


def test_environment_names_no_person_and_no_place():
    text = json.dumps(provenance.environment())
    found = json.loads(text)
    assert found["packages"]["numpy"]
    assert found["started"].endswith("Z")
    assert str(Path.home()) not in text.replace('"/root"', "")
    assert socket.gethostname() not in text
    assert f'"{getpass.getuser()}"' not in text
    assert not any(isinstance(value, str) and value.startswith("/") for value in found.values())


def test_commit_and_dirt_of_a_checkout(tmp_path, monkeypatch):
    def git(*arguments):
        who = ["-c", "user.name=n", "-c", "user.email=e"]
        subprocess.run(["git", *who, "-C", tmp_path, *arguments], check=True, capture_output=True)

    file = tmp_path / "provenance.py"
    file.write_text("1")
    monkeypatch.setattr(provenance, "__file__", str(file))
    git("init")
    assert provenance.commit() == {}
    git("add", ".")
    git("commit", "-m", "first")
    found = provenance.commit()
    assert len(found["commit"]) == 40
    assert found["dirty"] is False
    file.write_text("2")
    assert provenance.commit()["dirty"] is True


def test_paths_are_shown_without_their_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shown(tmp_path / "suites" / "toy.toml") == "suites/toy.toml"
    assert shown("/somewhere/else/toy.toml") == "toy.toml"
    assert shown("../x/toy.toml") == "toy.toml"
    assert shown("a/b.toml") == "a/b.toml"
    text = f'File "{tmp_path}/a/b.py", line 3, in /home/jane/secret/c.py: see https://x.org/a/b and 1/2'
    assert without_absolute(text) == 'File "a/b.py", line 3, in c.py: see https://x.org/a/b and 1/2'
    assert without_absolute("run /data/jane/x.toml --out=/home/jane/r") == "run x.toml --out=r"


def test_out_of_memory_in_all_its_forms():
    import torch

    assert machine.is_out_of_memory(MemoryError())
    assert machine.is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert machine.is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"))
    assert not machine.is_out_of_memory(RuntimeError("shapes differ"))


def test_facts_of_torch():
    import torch

    facts = machine.job_facts({"device": "cpu"})
    assert facts["peak_memory_mib"] > 1
    assert facts["torch"]["version"] == str(torch.__version__)
    assert facts["torch"]["threads"] == torch.get_num_threads()
    json.dumps(facts, allow_nan=False)


def test_threads_of_a_job():
    import torch

    before = torch.get_num_threads()
    machine.set_threads({"threads": before + 1})
    assert torch.get_num_threads() == before + 1
    machine.set_threads({"threads": before})
    machine.set_threads({})
    assert torch.get_num_threads() == before


def test_kernel_counter_is_a_number():
    assert machine.kernel_oom_kills() >= 0
