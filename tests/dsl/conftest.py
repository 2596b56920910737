"""Projects that tests write."""

import pytest

from dsl.compiler import compile_project
from tests.dsl.template_project import CATALOG, SCENARIO, shown, write


@pytest.fixture
def check(tmp_path):
    """Compiles a project of these steps and templates; gives what is said of templates, one line each."""

    def check(steps, **templates):
        write(tmp_path / "scenarios/catalog.yaml", CATALOG)
        write(tmp_path / "scenarios/policy.yaml", "expires: 4 days\n")
        write(tmp_path / "scenarios/onboarding/hello.yaml", SCENARIO + steps)
        for name, text in templates.items():
            channel, locale, ending = name.split("_")
            write(tmp_path / f"templates/hi/{channel}.{locale}.{ending}", text)
        return [
            shown(each, tmp_path) for each in compile_project(tmp_path).diagnostics if each.code[1] == "6"
        ]

    return check
