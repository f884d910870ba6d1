"""``app``: open the planning app, from a checkout or from an installed wheel."""

from __future__ import annotations

import importlib.util
import ipaddress
import json
import runpy
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ipps_geo import logbook
from ipps_geo.errors import BadInput, MissingExtra
from ipps_geo.gate.children import SCREEN, SETTINGS, environment, python_command
from ipps_geo.gate.process import missing_here
from ipps_geo.screens.base_map import base_map_style


def app_script() -> Path:
    """Return the app's script: ``apps/`` of a checkout, or the copy that travels in the wheel."""
    package = Path(__file__).resolve().parents[2]
    for folder in (package.parent / "apps", package / "_apps"):
        script = folder / "streamlit_app.py"
        if script.is_file():
            return script
    raise BadInput("command.no_app", where=str(package))


HOSTS_VARIABLE = "IPPS_GEO_HOSTS"
_PROTECTIONS = {
    "memory": "内存用量",
    "processor_time": "处理器时间",
    "bytes_written": "写入文件大小",
    "network": "网络访问",
    "files": "读取其他文件",
    "programs": "启动其他程序",
}
LOCAL = ("127.0.0.1", "localhost", "::1")


WAYS = ("none", "local", "oidc")
"""How people sign in: one person on this machine, accounts with passwords, an identity provider."""


def run_app(
    *,
    port: int = 8501,
    address: str = "127.0.0.1",
    headless: bool = False,
    hosts: Sequence[str] = (),
    sign_in: str = "none",
    oidc: Path | None = None,
    https: bool = False,
) -> int:
    """Serve the app until it is stopped and return its exit code.

    ``hosts`` are further names by which browsers may ask for it; a request by any other name is refused, so that no
    page of another site can reach it by a name of its own that leads here. ``sign_in`` is one of :data:`WAYS`;
    without sign-in the app is for this machine alone. ``oidc`` is the settings file of the identity provider, ``https``
    says that browsers reach the server over HTTPS.

    Raises
    ------
    MissingExtra
        Streamlit, or what the way to sign in needs, is not installed.
    BadInput
        A setting that cannot be: better told here than on every page.
    """
    from ipps_geo.planning.base_layers import own_layers  # with it comes what reads files: other commands need not wait

    base_map_style()
    own_layers()
    _check_sign_in(sign_in, oidc, (address, *hosts))
    named = _names(address, hosts)
    if importlib.util.find_spec("streamlit") is None:
        raise MissingExtra("command.no_streamlit", where="ipps-geo app")
    options = {
        "server.port": str(port),
        "server.address": address,
        "server.headless": str(headless).lower(),
        "server.maxUploadSize": "200",
        "server.enableXsrfProtection": "true",
        "browser.gatherUsageStats": "false",
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        # Dark enough on white, light enough on black, for words of 14 pixels (WCAG 2.2, AA).
        "theme.light.primaryColor": "#00508c",
        "theme.dark.primaryColor": "#2a76b8",
        # Choices of a saved plan are put into a form that has defaults of its own.
        "global.disableWidgetStateDuplicationWarning": "true",
        "server.fileWatcherType": "none",
        # By default every run ends with a full collection of garbage, which stops all sessions for as long as a page
        # takes; what a run leaves behind is collected in its turn all the same.
        "runner.postScriptGC": "false",
    }
    listed = [*options.items(), *(("server.allowedHosts", name) for name in named)]
    if oidc is not None:
        listed.append(("secrets.files", str(oidc.resolve())))
    arguments = [part for name, value in listed for part in (f"--{name}", value)]
    script = app_script()
    command = python_command(
        "ipps_geo.cli.commands.app:serve", str(script.parent), "run", str(script.with_name("server.py")), *arguments
    )
    stated = {"STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false", HOSTS_VARIABLE: json.dumps(named)}
    stated |= {"IPPS_GEO_SIGN_IN": sign_in, "IPPS_GEO_HTTPS": str(int(https))}
    if oidc is not None:
        stated["IPPS_GEO_OIDC"] = str(oidc.resolve())
    return _until_it_ends(subprocess.Popen(command, env=environment(*SCREEN, *SETTINGS) | stated))


def _check_sign_in(way: str, oidc: Path | None, names: Sequence[str]) -> None:
    if way not in WAYS:
        raise BadInput("sign_in.way", where="--sign-in", way=way)
    if way == "none" and not set(names) <= set(LOCAL):
        raise BadInput("sign_in.required", where="--address, --host")
    if way == "local" and importlib.util.find_spec("argon2") is None:
        raise MissingExtra("sign_in.no_argon2", where="--sign-in local")
    if way != "oidc":
        if oidc is not None:
            raise BadInput("sign_in.unused", where="--oidc")
        return
    if oidc is None:
        raise BadInput("sign_in.no_settings", where="--sign-in oidc")
    if any(importlib.util.find_spec(name) is None for name in ("authlib", "httpx")):
        raise MissingExtra("sign_in.no_authlib", where="--sign-in oidc")
    from ipps_geo.ledger.claims import read_claim_map

    read_claim_map(oidc)


def _names(address: str, hosts: Sequence[str]) -> list[str]:
    """Return the host names that the server answers to: this machine, the address if it is one, and ``hosts``."""
    try:
        everywhere = ipaddress.ip_address(address).is_unspecified
    except ValueError:
        everywhere = False
    return list(dict.fromkeys([*LOCAL[:2], *([] if everywhere else [address]), *hosts]))


def _until_it_ends(server: subprocess.Popen[bytes]) -> int:
    """Wait for the server; who ends this process ends the server too, and with it the solvers that it started."""

    def end(*_: object) -> None:
        server.terminate()

    before = signal.signal(signal.SIGTERM, end)
    try:
        return server.wait()
    except KeyboardInterrupt:
        server.terminate()
        return server.wait()
    finally:
        signal.signal(signal.SIGTERM, before)


def serve() -> None:
    """Serve the app whose folder stands before Streamlit's own arguments: what the process of :func:`run_app` does."""
    logbook.to_file()
    folder = sys.argv.pop(1)
    sys.path.append(folder)
    sys.argv[0] = "streamlit"
    runpy.run_path(str(Path(folder) / "serve.py"), run_name="__main__")


def open_app(
    port: Annotated[int, typer.Option(help="端口 · Port.")] = 8501,
    address: Annotated[str, typer.Option(help="监听地址 · Address to listen on.")] = "127.0.0.1",
    headless: Annotated[bool, typer.Option("--headless", help="不打开浏览器 · Open no browser.")] = False,
    host: Annotated[
        list[str] | None, typer.Option(help="浏览器可用的主机名（局域网）· Further host names to answer to.")
    ] = None,
    sign_in: Annotated[
        str, typer.Option(help="登录方式：none（仅本机）、local（本地账号）、oidc（统一身份认证）· Way to sign in.")
    ] = "none",
    oidc: Annotated[Path | None, typer.Option(help="统一身份认证的配置文件 · Settings of the provider.")] = None,
    https: Annotated[
        bool, typer.Option("--https", help="浏览器经 HTTPS 访问（由反向代理提供）· Browsers come over HTTPS.")
    ] = False,
) -> None:
    """打开规划应用 · Open the planning app."""
    if sign_in != "none" and not https and address not in LOCAL:
        typer.echo(
            "注意：没有 HTTPS，密码和数据在网络上以明文传输。\n"
            "Note: without HTTPS, passwords and data cross the network in clear.",
            err=True,
        )
    lacking = missing_here()
    if lacking:
        typer.echo(
            f"注意：本系统对读取来文的进程没有限制：{'、'.join(_PROTECTIONS[name] for name in lacking)}。"
            "请只打开来源可靠的文件。\n"
            "Note: this system does not hold the process that reads files back from: "
            f"{', '.join(name.replace('_', ' ') for name in lacking)}. Open files of people you know.",
            err=True,
        )
    served = run_app(
        port=port, address=address, headless=headless, hosts=host or (), sign_in=sign_in, oidc=oidc, https=https
    )
    raise typer.Exit(served)
