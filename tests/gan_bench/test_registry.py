import importlib.metadata
import os
import pickle
import sys

import pytest

from gan_bench import catalogue, registry
from gan_bench.errors import PluginError, UsageError


@pytest.fixture
def plugins(monkeypatch):
    """Install entry points for one test: {(kind, name): value}."""

    def install(points):
        groups = {kind: [] for kind in registry.KINDS}
        for kind, name, value in points:
            groups[kind].append(importlib.metadata.EntryPoint(name, value, f"gan_bench.{kind}"))
        monkeypatch.setattr(registry, "_all_entry_points", lambda: groups)

    return install


@pytest.mark.parametrize(
    "kind",
    ["methods", "objectives", "constraints", "nets", "datasets", "metrics", "experiments", "executors"],
)
def test_every_listed_name_loads(kind):
    for name in registry.names(kind):
        assert registry.load(kind, name) is not None


def test_listed_methods_data_sets_and_metrics_are_those_that_exist():
    from gan_bench.data.images import image_dataset_names
    from gan_bench.data.toy import dataset_names
    from gan_bench.experiments.described import DESCRIPTORS
    from gan_bench.methods.presets import PRESETS

    assert registry.names("methods") == list(PRESETS)
    assert sorted(registry.names("datasets")) == sorted(dataset_names() + image_dataset_names())
    assert sorted(registry.names("metrics")) == sorted(DESCRIPTORS)


def test_every_builtin_has_a_description_and_a_reference():
    for kind, table in registry._TABLES.items():
        assert all(table.descriptions.values()), kind
        assert table.provider or set(table.references) == set(table.descriptions), kind


def test_methods_are_called_as_they_are_listed():
    assert registry.load("methods", "wgan-gp").name == "wgan-gp"


def test_unknown_name_offers_the_nearest_and_says_where():
    with pytest.raises(
        UsageError, match=r'^toy.toml: experiment 3: unknown method "wgan_gp" - did you mean "wgan-gp"'
    ):
        registry.load("methods", "wgan_gp", "toy.toml: experiment 3")


def test_unknown_kind():
    with pytest.raises(UsageError, match='unknown kind "method" - did you mean "methods"'):
        registry.names("method")


def test_object_in_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_loss.py").write_text(
        "class Mine:\n"
        "    def critic_loss(self, real, fake): return real\n"
        "    def generator_loss(self, fake, real=None): return fake\n"
        "made = Mine()\n"
    )
    found = registry.load("objectives", "my_loss.py:Mine")
    assert found.__name__ == "Mine"
    # By its own module name, so that pickle finds it.
    assert type(pickle.loads(pickle.dumps(registry.load("objectives", "my_loss.py:made")))) is found


def test_an_edited_file_is_read_anew_and_an_unchanged_one_is_not(tmp_path, monkeypatch):
    """An edit of the same size within the same second, which Python's bytecode cache cannot see."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    file = tmp_path / "mine.py"
    file.write_text("value = [1]")
    os.utime(file, (1_000_000_000, 1_000_000_000))
    first = registry.resolve(f"{file}:value")
    assert registry.resolve(f"{file}:value") is first
    file.write_text("value = [2]")
    os.utime(file, (1_000_000_000, 1_000_000_000))
    assert registry.resolve(f"{file}:value") == [2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "import no_such_module",
            "cannot be imported: ModuleNotFoundError: No module named 'no_such_module'",
        ),
        ("def (", "cannot be imported: SyntaxError: invalid syntax"),
        ("open('gone.txt')", "cannot be imported: FileNotFoundError"),
        ("Other = 1", r'there is no "Mine" in bad\.py'),
        ("class Mine: pass", "must have critic_loss and generator_loss, but it is the class Mine"),
        ("Mine = 3", "must have critic_loss and generator_loss, but it is of type int"),
    ],
)
def test_a_bad_file_is_one_line_that_names_file_object_and_cause(tmp_path, monkeypatch, content, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.py").write_text(content)
    with pytest.raises(PluginError, match=rf"^toy.toml: bad\.py:Mine.*{message}") as caught:
        registry.load("objectives", "bad.py:Mine", "toy.toml")
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_that_fails_is_tried_again(tmp_path):
    file = tmp_path / "flaky.py"
    file.write_text("import os\nvalue = 1 if 'NOW' in os.environ else missing")
    with pytest.raises(PluginError, match="NameError"):
        registry.resolve(f"{file}:value")
    assert not any(name.startswith("flaky_") for name in sys.modules)


def test_a_file_that_is_not_there():
    with pytest.raises(PluginError, match=r"there is no file gone/x\.py \(paths are taken from the folder"):
        registry.load("objectives", "gone/x.py:Mine")


def test_object_in_a_module():
    assert registry.resolve("collections.abc:Mapping").__name__ == "Mapping"
    with pytest.raises(PluginError, match='no "Nothing" in collections'):
        registry.resolve("collections:Nothing")


def test_wrong_class_is_refused():
    with pytest.raises(
        PluginError,
        match=r"must be an instance of gan_bench.experiments.base.Experiment, but it is of type dict",
    ):
        registry.load("experiments", "os:environ.__dict__")


def test_installed_plugins_are_listed_and_loaded_only_when_asked_for(plugins):
    plugins([("nets", "mine", "collections:OrderedDict"), ("nets", "broken", "no_such_module:x")])
    assert {"mine", "broken"} <= set(registry.names("nets"))
    assert registry.load("nets", "mine").__name__ == "OrderedDict"
    with pytest.raises(
        PluginError, match=r'plugin "broken" \(no_such_module:x\) of .* cannot be loaded: ModuleNotFound'
    ):
        registry.load("nets", "broken")


def test_clash_with_a_builtin_and_between_plugins(plugins):
    plugins([("methods", "gan", "somewhere:GAN")])
    with pytest.raises(
        PluginError, match=r'method "gan" of .* \(somewhere:GAN\) clashes with that of gan-bench itself'
    ):
        registry.load("methods", "wgan-gp")
    plugins([("methods", "new", "a:A"), ("methods", "new", "b:B")])
    with pytest.raises(PluginError, match=r'method "new" of .* \(b:B\) clashes'):
        registry.names("methods")


def test_wrong_type_of_an_installed_plugin(plugins):
    plugins([("methods", "odd", "collections:OrderedDict")])
    with pytest.raises(PluginError, match=r"odd must be an instance of gan_bench.methods.method.Method"):
        registry.load("methods", "odd")


def test_table_of_a_function_is_called_with_the_name():
    table = catalogue.Table({"b": "second letter"}, provider="builtins:ord")
    assert registry._load_builtin(table, "b") == 98
