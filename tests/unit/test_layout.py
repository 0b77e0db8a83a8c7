"""The habits of CONTRIBUTING.md that a machine can check."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_LINES = 400
MAX_FUNCTION_LINES = 50
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
# It creates the web app when gunicorn asks for it, and only then.
LAZY = "app/qlines/__init__.py"
# Calls that fail a test by themselves: ours, pytest's, Playwright's waits, the raw MQTT reader.
ASSERTING_CALL = re.compile(
    r"assert_\w+|expect|eventually|stays|raises|warns|fail|wait_for_url|read_type"
)


def read(*patterns):
    return {
        str(file.relative_to(ROOT)): file.read_text()
        for pattern in patterns
        for file in ROOT.glob(pattern)
        if not {"vendor", "node_modules"} & set(file.parts)
    }


PYTHON = read(
    "app/qlines/**/*.py",
    "healthcheck/**/*.py",
    "backup/**/*.py",
    "blog/**/*.py",
    "proxy/**/*.py",
    "ha/**/*.py",
    "appliance/**/*.py",
)
TESTS = read("tests/**/*.py", "tests/**/*.c")
BROWSER = read("app/qlines/web/static/**/*.js", "app/qlines/web/static/**/*.css")
BROKER = read("appliance/broker/**/*.[ch]")
EVERYTHING = PYTHON | TESTS | BROWSER | BROKER


def test_this_test_sees_every_kind_of_file():
    assert LAZY in PYTHON
    assert "appliance/broker/spool.c" in BROKER
    assert "tests/unit/test_layout.py" in TESTS


def test_no_file_is_too_long():
    sizes = {path: text.count("\n") for path, text in EVERYTHING.items()}

    assert {path: size for path, size in sizes.items() if size > MAX_LINES} == {}


def test_no_function_is_too_long():
    sizes = {
        f"{path}: {node.name}": node.end_lineno - node.lineno + 1
        for path, text in PYTHON.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {name: size for name, size in sizes.items() if size > MAX_FUNCTION_LINES} == {}


def test_each_module_begins_with_a_sentence_about_its_job():
    docstrings = {path: ast.get_docstring(ast.parse(text)) or "" for path, text in PYTHON.items()}
    modules = {path: text for path, text in docstrings.items() if not path.endswith("__init__.py")}

    assert [path for path, text in modules.items() if len(text.partition("\n")[0]) < 10] == []


def test_no_file_or_folder_has_a_name_that_says_nothing():
    names = {path: {*Path(path).parent.parts, Path(path).stem.lower()} for path in EVERYTHING}

    assert [path for path, parts in names.items() if parts & EMPTY_NAMES] == []


def test_no_package_does_work_when_it_is_imported():
    packages = {
        path: ast.parse(text).body
        for path, text in PYTHON.items()
        if path.endswith("__init__.py") and path != LAZY
    }

    working = [
        path
        for path, body in packages.items()
        if not all(isinstance(node, ast.Expr) for node in body)
    ]
    assert working == []


def is_asserting(function, functions):
    """Return whether a function asserts something, itself or by a function of the same file."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            others = {name: other for name, other in functions.items() if other is not function}
            if ASSERTING_CALL.fullmatch(called) or (
                called in others and is_asserting(others[called], others)
            ):
                return True
    return False


def test_every_test_asserts_something():
    silent = []
    for path, text in TESTS.items():
        if not path.endswith(".py"):
            continue
        nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
        functions = {node.name: node for node in nodes}
        silent += [
            f"{path}: {name}"
            for name, function in functions.items()
            if name.startswith("test_") and not is_asserting(function, functions)
        ]

    assert silent == []
