"""Sections that code, settings and pages cite are there, by GitHub's names of their headings."""

import re

import pytest

from tests.conftest import PROJECT

PAGES = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted(PROJECT.glob("docs/*.md"))]
CITING = [
    path
    for pattern in ("wsss/**/*.py", "stages/*.py", "*.yaml", "*/*.yaml", "config.schema.json")
    for path in sorted(PROJECT.glob(pattern))
]
CITED = re.compile(r"\b(docs/)?([\w-]+\.md)(?:#([\w-]+))?")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]*)\)")


def slug(heading):
    """GitHub's anchor of a heading: small letters, digits, hyphens and underscores."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip())
    return re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")


def anchors(page):
    """The anchors of a page. GitHub numbers headings that are equal."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S)
    found = []
    for heading in re.findall(r"^#{1,6} (.*)$", text, re.M):
        name = slug(heading)
        found.append(f"{name}-{found.count(name)}" if name in found else name)
    return found


def relative(path):
    return path.relative_to(PROJECT).as_posix()


def test_slugs_are_those_of_github():
    assert slug("CAM normalisation") == "cam-normalisation"
    assert slug("Recipes: `like`, and [rounds](x.md)") == "recipes-like-and-rounds"
    assert slug("A_b / c") == "a_b--c"


def test_citations_of_methods_are_its_sections():
    sections = anchors(PROJECT / "docs" / "methods.md")
    assert len(sections) == len(set(sections)) > 20
    cited = set()
    for path in CITING:
        for folder, page, section in CITED.findall(path.read_text()):
            if page != "methods.md":
                continue
            assert folder, f"{relative(path)}: write docs/methods.md#SECTION"
            assert section in sections, f"{relative(path)}: no section '#{section}'"
            cited.add(section)
    assert len(cited) > 15


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_lead_to_pages_and_sections(page):
    for link in LINK.findall(page.read_text()):
        if "://" in link:
            continue
        path, _, section = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{relative(page)}: {link} leads nowhere"
        assert not section or section in anchors(target), f"{relative(page)}: no section {link}"


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_pages_that_are_named_are_there(page):
    for folder, name, section in CITED.findall(page.read_text()):
        target = PROJECT / (folder or page.relative_to(PROJECT).parent) / name
        if folder:
            assert target.exists(), f"{relative(page)} names {folder}{name}"
        if section and section != "SECTION" and target.exists():
            assert section in anchors(target), f"{relative(page)}: {name} has no '#{section}'"


def test_code_names_pages_that_are_there():
    for path in CITING:
        for folder, name, _ in CITED.findall(path.read_text()):
            assert not folder or (PROJECT / "docs" / name).exists(), f"{relative(path)}: {name}"
