"""The files of deploy/, tried: nginx with TLS and a sub-path in front of the app, the units, the health check and the lists of files.

What needs nginx, openssl, systemd or Chromium is skipped where they are missing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pytest
from browser import answers, app, ask, chromium, free_port, running, see, sign_in, until
from oidc_server import CLIENT, PASSWORD, SECRET, OIDCServer

from rag.errors import InputError
from rag.settings import Settings
from ui import oidc

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
COOKIE = "0123456789abcdef" * 4
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MAIN = """
daemon off; pid {folder}/nginx.pid; error_log stderr; {user}
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
    scgi_temp_path {folder}/s;
    include {folder}/tenkyo.conf;
}}
"""
"""What Debian's nginx.conf gives around a file of conf.d, here without the system's folders."""


@dataclass(frozen=True)
class Front:
    """The address that people open, nginx's and the app's own ports, and the path of the app."""

    url: str
    http: int
    port: int


@pytest.fixture(scope="module")
def front(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    if not (shutil.which("nginx") and shutil.which("openssl")):
        pytest.skip("nginx or openssl is not installed")
    folder = tmp_path_factory.mktemp("front")
    http, https, port = free_port(), free_port(), free_port()
    url = f"https://127.0.0.1:{https}/tenkyo"
    write_nginx(folder, {"listen 80;": f"listen 127.0.0.1:{http};", "listen 443 ssl;": f"listen 127.0.0.1:{https} ssl;",
                         "tenkyo.example.co.jp": "127.0.0.1", "/etc/nginx/tls": str(folder), "127.0.0.1:8501": f"127.0.0.1:{port}"})  # fmt: skip
    people = {"hanako": {"name": "佐藤 花子", "groups": [str(uuid5(NAMESPACE_URL, str(n))) for n in range(200)]}}
    with OIDCServer(people, {f"{url}/oauth2callback"}) as provider:
        environment = {"TENKYO_OIDC_URL": provider.issuer, "TENKYO_OIDC_CLIENT": CLIENT, "TENKYO_OIDC_SECRET": SECRET,
                       "TENKYO_OIDC_COOKIE": COOKIE, "TENKYO_URL": url}  # fmt: skip
        nginx = [str(shutil.which("nginx")), "-p", str(folder), "-c", str(folder / "nginx.conf")]
        with app(folder, index, port, environment, "/tenkyo"), running(nginx, os.environ, folder / "nginx.log") as process:
            until(lambda: answers(f"{url}/_stcore/health") or process.poll() is not None)
            assert process.poll() is None, (folder / "nginx.log").read_text(encoding="utf-8")
            yield Front(url, http, port)


def write_nginx(folder: Path, places: dict[str, str]) -> None:
    """deploy/nginx.conf with this machine's places, a certificate, and what goes around it."""
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    for example, here in places.items():
        assert example in text
        text = text.replace(example, here)
    (folder / "tenkyo.conf").write_text(text, encoding="utf-8")
    (folder / "nginx.conf").write_text(
        MAIN.format(folder=folder, user="user root;" if os.getuid() == 0 else ""), encoding="utf-8"
    )
    certificate = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -keyout tenkyo.key -out tenkyo.crt"
    subprocess.run(["openssl", *certificate.split()], cwd=folder, check=True, capture_output=True)


def status(url: str) -> tuple[int, str]:
    """The status of one answer and where it sends to."""
    import httpx

    with httpx.Client(verify=False, trust_env=False) as client:
        answer = client.get(url)
        return answer.status_code, answer.headers.get("location", "")


def test_through_nginx_one_signs_in_and_is_answered(front: Front, tmp_path: Path) -> None:
    with chromium(tmp_path / "profile") as browser:
        sign_in(browser, front.url, "hanako", PASSWORD)
        see(browser, ".st-key-account", "佐藤 花子")
        assert browser.current_url.startswith(front.url)
        ask(browser, "出張の精算は帰着の日から何日以内にしますか。")
        see(browser, "[class*=st-key-sentence-0-0]", "５営業日以内")
        cookies = {cookie["name"]: cookie for cookie in browser.get_cookies()}
        assert all(cookies[name]["secure"] for name in ("_streamlit_user", "_streamlit_xsrf"))
        assert cookies["_streamlit_user"]["path"] == "/tenkyo"


def test_nginx_answers_for_the_sub_path_only(front: Front) -> None:
    origin = front.url.removesuffix("/tenkyo")
    assert status(f"http://127.0.0.1:{front.http}/tenkyo/verify?a=1")[0] == 301
    assert status(f"{origin}/") == (302, f"{front.url}/")
    assert status(front.url) == (301, f"{front.url}/")
    assert status(f"{origin}/elsewhere")[0] == 404
    assert status(f"{front.url}/_stcore/metrics")[0] == 404


def test_the_health_check_finds_the_app_below_its_path(front: Front) -> None:
    def code(**environment: str) -> int:
        command = [sys.executable, str(DEPLOY / "healthcheck.py")]
        return subprocess.run(command, env=os.environ | environment, timeout=30, check=False, capture_output=True).returncode

    assert code(TENKYO_PORT=str(front.port), TENKYO_URL=front.url) == 0
    assert code(TENKYO_PORT=str(free_port()), TENKYO_URL=front.url) == 1


def test_the_units_are_sound(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    units = [shutil.copy(unit, tmp_path) for unit in sorted(DEPLOY.glob("tenkyo*.service")) + sorted(DEPLOY.glob("*.timer"))]
    for unit in map(Path, units):
        unit.write_text(unit.read_text(encoding="utf-8").replace("/opt/tenkyo/.venv/bin/tenkyo", "/bin/true"), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_example_lacks_nothing_but_the_secrets() -> None:
    lines = (DEPLOY / "tenkyo.env.example").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    with pytest.raises(InputError, match="環境変数TENKYO_OIDC_SECRET、TENKYO_OIDC_COOKIEも"):
        oidc.check(Settings.read(given).sign_in)
    whole = Settings.read(given | {"TENKYO_OIDC_SECRET": "s", "TENKYO_OIDC_COOKIE": COOKIE}).sign_in
    oidc.check(whole)
    assert oidc.base_path(whole) == "tenkyo"


def test_the_container_and_the_wheels_are_of_this_project() -> None:
    container = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    torch = next(name for name in PROJECT["project"]["dependencies"] if name.startswith("torch=="))
    assert f'"{torch}"' in container
    assert set(re.findall(r"^COPY (\w+) \1$", container, re.MULTILINE)) == set(PROJECT["tool"]["setuptools"]["packages"])
    for script in ("wheels.sh", "install.sh"):
        assert os.access(DEPLOY / script, os.X_OK)
        subprocess.run(["sh", "-n", str(DEPLOY / script)], check=True)
    found = re.search(r"sed -n '(.+)' pyproject.toml", (DEPLOY / "wheels.sh").read_text(encoding="utf-8"))
    assert found
    read = subprocess.run(["sed", "-n", found[1], str(ROOT / "pyproject.toml")], capture_output=True, text=True, check=True)
    assert read.stdout.split() == [torch.removeprefix("torch==")]


def test_the_guide_names_every_file_and_every_variable_of_sign_in() -> None:
    guide = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    settings = (ROOT / "rag" / "settings.py").read_text(encoding="utf-8")
    variables = re.findall(r'"(TENKYO_(?:OIDC_\w+|URL|USERS|REVIEWERS|ADMINS))"', settings)
    assert len(variables) == 11
    for name in [file.name for file in DEPLOY.iterdir()] + variables:
        assert name in guide, name
