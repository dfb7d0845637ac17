"""The house rules that a machine can hold; docs/architecture.md says why they are ours."""

import ast
import re
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import get_template

from core.querysets import StrictManager

APPS = ("operations", "jobs", "accounts", "venues", "songs", "jams", "votes", "search")
PACKAGES = ("jamsite", "core", "demo", "exports", *APPS)
LAYERS = {
    **dict.fromkeys(("jobs", "auth", "contenttypes"), 0),
    **dict.fromkeys(("accounts", "venues", "songs"), 1),
    "jams": 2,
    "votes": 3,
    "search": 4,
    "operations": 5,
}
SOURCES = [
    path
    for app in PACKAGES
    for path in sorted((settings.BASE_DIR / app).rglob("*.py"))
    if "migrations" not in path.parts
]
TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.*"))
SCRIPTS = sorted((settings.BASE_DIR / "static").rglob("*.js"))
TESTS = sorted((settings.BASE_DIR / "tests").rglob("test_*.py"))
MODELS = [model for label in APPS for model in apps.get_app_config(label).get_models()]

of_models = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def found(paths, pattern):
    """Every line of `paths` that matches, as "file:line", so that a failure says where."""
    return [
        f"{path.relative_to(settings.BASE_DIR)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(pattern, line)
    ]


@of_models
def test_every_relation_points_down_the_layers(model):
    here = LAYERS[model._meta.app_label]
    relations = [*model._meta.many_to_many, *(field for field in model._meta.fields if field.remote_field)]
    others = {field.related_model._meta.app_label for field in relations} - {model._meta.app_label}
    assert [label for label in others if LAYERS[label] >= here] == []


@of_models
def test_every_ordering_ends_in_the_primary_key(model):
    assert model._meta.ordering[-1].lstrip("-") in ("pk", model._meta.pk.name)


@of_models
def test_every_rule_of_a_model_has_a_name_that_begins_with_it(model):
    rules = [*model._meta.constraints, *model._meta.indexes]
    assert [rule.name for rule in rules if not rule.name.startswith(f"{model._meta.model_name}_")] == []


@of_models
def test_no_model_reads_lazily_by_default(model):
    assert isinstance(model._default_manager, StrictManager)


@of_models
def test_every_model_says_what_it_is(model):
    assert "__str__" in vars(model)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR / "templates")))
def test_every_template_compiles(path):
    template: Any = get_template(str(path.relative_to(settings.BASE_DIR / "templates")))
    assert template.origin.name == str(path)


def test_a_line_of_a_template_has_at_most_160_characters():
    assert found(TEMPLATES, r".{161}") == []


def test_templates_escape_everything():
    assert found(TEMPLATES, r"\|\s*safe\b|autoescape\s+off|safeseq") == []


def test_templates_hold_no_script_style_or_handler():
    assert found(TEMPLATES, r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|<script(?![^>]*\bsrc=)") == []


def test_templates_name_only_static_files_that_are_there():
    names = {name for path in TEMPLATES for name in re.findall(r"{% static ['\"]([^'\"]+)['\"]", path.read_text())}
    assert [name for name in sorted(names) if not finders.find(name)] == []


def test_nothing_is_loaded_from_elsewhere():
    assert found([*TEMPLATES, *SCRIPTS], r"(src|href|from|import)\s*[=(]?\s*['\"](https?:)?//") == []


def test_markup_is_only_trusted_when_a_template_made_it():
    assert found(SOURCES, r"mark_safe|format_html\(f|SafeString\((?!render_to_string|html\))") == []


def test_scripts_never_build_markup_from_text():
    assert found(SCRIPTS, r"\.(innerHTML|outerHTML)\b|insertAdjacentHTML|document\.write|\beval\(") == []


def test_nobody_hunts_cache_keys_down():
    living = [path for path in SOURCES if path.name != "backups.py"]  # it empties the cache of a database that is gone
    assert found(living, r"delete_pattern|cache\.keys|iter_keys|cache\.clear") == []


SILENT_WRITES = ("update", "bulk_create", "bulk_update", "aupdate", "abulk_create", "abulk_update")
SHOWN = [
    path
    for path in SOURCES
    if path.name == "admin.py"
    or "admin" in path.parts
    or path.relative_to(settings.BASE_DIR).parts[0] in ("venues", "songs", "jams", "votes")
]


def test_what_sends_no_signal_is_followed_by_an_event():
    """A bulk write past the models' signals would leave old pages in the cache; a comment says where it cannot."""
    quiet = [
        f"{path.relative_to(settings.BASE_DIR)}:{call.lineno}"
        for path in SHOWN
        for verb in functions(path)
        for call in ast.walk(verb)
        if isinstance(call, ast.Call)
        and writes_silently(call)
        and "send_on_commit(" not in ast.unparse(verb)
        and not has_comment(path, call)
    ]
    assert quiet == []


def functions(path):
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]


def writes_silently(node):
    """Whether `node` calls a bulk write; a dictionary's update takes a position, a queryset's does not."""
    is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SILENT_WRITES
    return is_call and not (node.args and node.func.attr == "update")


def has_comment(path, node):
    return "#" in path.read_text().splitlines()[node.end_lineno - 1]


def in_role(*roles):
    """The sources of the apps that lie in a module, or a package, of one of these names."""
    found_paths = [path.relative_to(settings.BASE_DIR).with_suffix("").parts for path in SOURCES]
    return [path for path, parts in zip(SOURCES, found_paths, strict=True) if parts[0] in APPS and {*parts} & {*roles}]


def test_views_and_apis_leave_transactions_to_the_services():
    assert found(in_role("views", "api", "admin"), r"\batomic\b|select_for_update") == []


def test_the_domain_knows_no_http():
    assert found(in_role("models", "policies", "services", "selectors"), r"django\.http|HttpRe[qs]|Http404") == []


def test_requests_never_sleep():
    starting = ("management", "network.py")  # what starts servers waits for them
    assert found([path for path in SOURCES if not {*starting} & {*path.parts}], r"time\.sleep") == []


def test_nothing_is_left_for_later_and_nothing_hushed_up():
    assert found(SOURCES, r"TODO|FIXME|XXX|noqa(?!: [A-Z])|type: ignore(?!\[)") == []


def test_no_test_is_skipped():
    assert found(TESTS, r"(pytest|mark)\.(skip|xfail|importorskip)") == []


def test_every_test_asserts_something():
    silent = [
        f"{path.relative_to(settings.BASE_DIR)}:{test.lineno}"
        for path in TESTS
        for test in ast.walk(ast.parse(path.read_text()))
        if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef)
        and test.name.startswith("test_")
        and not any(map(asserts, ast.walk(test)))
    ]
    assert silent == []


def asserts(node):
    """Whether `node` can make a test fail on purpose: assert, or one of the words that do it for us."""
    words = (
        "raises",
        "assert_",
        "refused",
        "expect",
        "full_clean",
        "django_assert_num_queries",
        "django_assert_max_num_queries",
    )
    return isinstance(node, ast.Assert) or (
        isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1].startswith(words)
    )


def test_every_test_is_a_sentence():
    names = [
        test.name
        for path in TESTS
        for test in ast.parse(path.read_text()).body
        if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef) and test.name.startswith("test_")
    ]
    assert [name for name in names if name.count("_") < 2] == []
