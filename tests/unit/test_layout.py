"""The habits of CONTRIBUTING.md that a machine can check."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 400
MOST_FUNCTION_LINES = 50
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
# It makes the web app when gunicorn asks for it, and only then.
LAZY = "app/qlines/__init__.py"


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
    "blog/**/*.py",
    "proxy/**/*.py",
    "appliance/**/*.py",
)
TESTS = read("tests/**/*.py", "tests/**/*.c")
BROWSER = read("app/qlines/web/static/**/*.js", "app/qlines/web/static/**/*.css")
BROKER = read("appliance/broker/**/*.[ch]")
EVERYTHING = PYTHON | TESTS | BROWSER | BROKER


def test_it_looks_at_the_files_that_there_are():
    assert LAZY in PYTHON
    assert "appliance/broker/spool.c" in BROKER
    assert "tests/unit/test_layout.py" in TESTS


def test_a_file_has_one_job_and_so_few_lines():
    sizes = {path: text.count("\n") for path, text in EVERYTHING.items()}

    assert {path: size for path, size in sizes.items() if size > MOST_LINES} == {}


def test_a_function_can_be_seen_at_once():
    sizes = {
        f"{path}: {node.name}": node.end_lineno - node.lineno + 1
        for path, text in PYTHON.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {name: size for name, size in sizes.items() if size > MOST_FUNCTION_LINES} == {}


def test_a_module_says_its_job_in_its_first_line():
    says = {path: ast.get_docstring(ast.parse(text)) or "" for path, text in PYTHON.items()}
    modules = {path: text for path, text in says.items() if not path.endswith("__init__.py")}

    assert [path for path, text in modules.items() if len(text.partition("\n")[0]) < 10] == []


def test_a_name_says_what_is_in_the_file():
    words = {path: {*Path(path).parent.parts, Path(path).stem.lower()} for path in EVERYTHING}

    assert [path for path, found in words.items() if found & EMPTY_NAMES] == []


def test_a_package_does_no_work_when_it_is_imported():
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
