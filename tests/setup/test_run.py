"""The set-up script's own decisions, checked without installing anything."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import run

ROOT = Path(run.__file__).parent


@pytest.mark.parametrize(
    ("environ", "system", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, None, "zh"),
        ({"LANG": "zh_TW"}, None, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "zh_CN", "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, None, "en"),
        ({"LANG": "en_US", "LC_MESSAGES": "zh_CN"}, None, "zh"),
        ({"LC_ALL": "", "LANG": "zh_CN"}, None, "zh"),
        ({}, "Chinese (Simplified)_China", "zh"),
        ({}, "zh_CN", "zh"),
        ({}, "German_Germany", "en"),
        ({}, None, "en"),
    ],
)
def test_language_follows_the_environment_then_the_system(environ, system, language):
    assert run.choose_language(environ, system) == language


@pytest.fixture
def project(tmp_path):
    """A folder with the files that the set-up depends on."""
    (tmp_path / "frontend").mkdir()
    for name in (
        "requirements.lock",
        "requirements-test.lock",
        "pyproject.toml",
        "hatch_build.py",
        "frontend/package.json",
        "frontend/package-lock.json",
        "frontend/.npmrc",
    ):
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "levels"),
    [
        ("requirements.lock", {"run"}),
        ("requirements-test.lock", {"test"}),
        ("pyproject.toml", {"run", "test"}),
        ("hatch_build.py", {"run", "test"}),
        ("frontend/package-lock.json", {"run", "test"}),
    ],
)
def test_a_changed_file_asks_for_a_new_set_up(project, changed, levels):
    before = {level: run.fingerprint(level, project) for level in ("run", "test")}
    (project / changed).write_text("something else")
    after = {level: run.fingerprint(level, project) for level in ("run", "test")}
    assert {level for level in before if before[level] != after[level]} == levels


def test_a_moved_project_is_set_up_again(project, tmp_path_factory):
    moved = tmp_path_factory.mktemp("elsewhere") / "yingbin"
    before = run.fingerprint("run", project)
    project.rename(moved)
    assert run.fingerprint("run", moved) != before


@pytest.mark.parametrize("content", [None, "", "{", "[]", "\x00"])
def test_a_broken_stamp_counts_as_none(tmp_path, content):
    stamp = tmp_path / "stamp.json"
    if content is not None:
        stamp.write_text(content)
    assert run.read_stamp(stamp) == {}


def test_a_stamp_is_read_back(tmp_path):
    stamp = tmp_path / "stamp.json"
    stamp.write_text(json.dumps({"run": "abc"}))
    assert run.read_stamp(stamp) == {"run": "abc"}


def test_only_missing_or_older_catalogues_are_compiled(tmp_path):
    sources = {}
    for feature in ("core", "tasks", "risks"):
        folder = tmp_path / "app" / feature / "translations" / "zh" / "LC_MESSAGES"
        folder.mkdir(parents=True)
        sources[feature] = folder / "messages.po"
        sources[feature].touch()
        os.utime(sources[feature], (1_000, 1_000))
    for feature, changed_at in (("core", 2_000), ("tasks", 500)):
        compiled = sources[feature].with_suffix(".mo")
        compiled.touch()
        os.utime(compiled, (changed_at, changed_at))
    assert set(run.stale_catalogues(tmp_path)) == {sources["tasks"], sources["risks"]}


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("NewConnectionError('… Connection refused')", run.NO_PYTHON_REGISTRY),
        ("error sending request for url", run.NO_PYTHON_REGISTRY),
        ("npm error ECONNREFUSED … set npm_config_registry to …", run.NO_NPM_REGISTRY),
    ],
)
def test_an_absent_registry_is_named_with_its_setting(output, sentence):
    assert run.explain(output) == sentence


def test_another_failure_is_not_blamed_on_the_registry():
    told = run.explain("No space left on device")
    assert told not in (run.NO_PYTHON_REGISTRY, run.NO_NPM_REGISTRY)


def test_a_mirror_set_for_pip_serves_uv_too():
    env = run.setup_environ({"PIP_INDEX_URL": "mirror", "PIP_TARGET": "elsewhere"})
    assert env["UV_DEFAULT_INDEX"] == "mirror"
    assert "PIP_TARGET" not in env
    assert "UV_DEFAULT_INDEX" not in run.setup_environ({"PIP_INDEX_URL": "a", "UV_INDEX_URL": "b"})


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["dance"], 2), (["--help"], 0)])
def test_usage(arguments, code, capsys):
    assert run.main(arguments) == code
    told = capsys.readouterr()
    assert "run.py demo" in (told.out if code == 0 else told.err)


def test_a_console_that_knows_no_chinese_is_no_crash():
    done = subprocess.run(
        [sys.executable, str(ROOT / "run.py")],
        env={**os.environ, "LANG": "zh_CN", "LC_ALL": "zh_CN", "PYTHONIOENCODING": "ascii"},
        capture_output=True,
    )
    assert done.returncode == 2
    assert b"run.py demo" in done.stderr
    assert b"Traceback" not in done.stderr


def test_no_registry_address_is_committed():
    names = ["requirements.lock", "requirements-test.lock"]
    names += ["frontend/package-lock.json", "frontend/.npmrc", "pyproject.toml"]
    for name in names:
        text = (ROOT / name).read_text(encoding="utf-8")
        for trace in ("file:", "index-url", "find-links", '"resolved"', "registry="):
            assert trace not in text, f"{name}: {trace}"
