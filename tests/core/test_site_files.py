"""Icons, manifest, robots.txt, the offline page and the script that keeps it."""

import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image

ICONS = {
    "img/icon-192.png": (192, 192),
    "img/icon-512.png": (512, 512),
    "img/icon-maskable.png": (512, 512),
    "img/apple-touch-icon.png": (180, 180),
    "img/share.png": (1200, 630),
}


@pytest.mark.parametrize("name", ICONS)
def test_icons_have_the_sizes_that_are_asked_for(name: str) -> None:
    with Image.open(str(finders.find(name))) as icon:
        assert icon.size == ICONS[name]


def test_favicon_leads_to_an_icon_of_three_sizes(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"].startswith("/static/img/favicon.")
    with Image.open(str(finders.find("img/favicon.ico"))) as icon:
        assert icon.info["sizes"] == {(16, 16), (32, 32), (48, 48)}


def test_manifest_makes_the_site_installable(client: Client) -> None:
    response = client.get("/manifest.webmanifest")
    manifest = json.loads(response.content)
    assert (response["Content-Type"], manifest["start_url"], manifest["display"]) == (
        "application/manifest+json",
        "/",
        "standalone",
    )
    assert [icon["sizes"] for icon in manifest["icons"]] == ["any", "192x192", "512x512", "512x512"]


def test_manifest_speaks_the_readers_language(client: Client) -> None:
    manifest = json.loads(client.get("/manifest.webmanifest", headers={"Accept-Language": "de"}).content)
    assert (manifest["lang"], "Stimm" in manifest["description"]) == ("de", True)


def test_robots_may_read_jams_and_nothing_that_is_for_hosts(client: Client) -> None:
    response = client.get("/robots.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert {"Disallow: /admin/", "Disallow: /host/"} <= set(response.text.splitlines())
    assert "Disallow: /jams/\n" not in response.text


def test_service_worker_keeps_the_offline_page_and_what_it_needs(client: Client) -> None:
    response = client.get("/service-worker.js")
    kept = re.findall(r'"(/(?!service|static/img/)[^"]*)"', response.text)
    assert (response["Content-Type"], len(kept)) == ("text/javascript; charset=utf-8", 4)
    page = client.get("/offline/").text
    assert [path for path in kept[1:] if path not in page] == []


@pytest.mark.parametrize("path", ["/robots.txt", "/manifest.webmanifest", "/service-worker.js", "/offline/"])
def test_site_files_are_the_same_for_everybody(client: Client, path: str) -> None:
    response = client.get(path)
    assert ("public" in response["Cache-Control"], response.cookies) == (True, {})
