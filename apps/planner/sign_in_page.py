"""The page on which people sign in: plain HTML without a script, in the app's words."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import HTMLResponse, Response

from ipps_geo.errors import IppsGeoError
from ipps_geo.media import html
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.messages import error_sentences
from planner.signing import Signing, signing

POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
"""Nothing is loaded from anywhere, no script runs, and the form goes to this server alone."""

_STYLE = """
body { font-family: "Noto Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif; background: #f4f6f8; margin: 0; }
main { max-width: 22rem; margin: 12vh auto 0; padding: 2rem 2.2rem; background: #fff; color: #1f2933;
  border: 1px solid #d9e0e6; border-radius: 8px; }
h1 { font-size: 1.2rem; margin: 0 0 1.2rem; }
label { display: block; margin: 0.9rem 0 0.3rem; font-size: 0.95rem; }
input { width: 100%; box-sizing: border-box; padding: 0.55rem; font-size: 1rem; border: 1px solid #9aa5b1;
  border-radius: 4px; }
button, .button { display: block; width: 100%; box-sizing: border-box; margin-top: 1.4rem; padding: 0.65rem;
  font-size: 1rem; border: 0; border-radius: 4px; background: #0072b2; color: #fff; text-align: center;
  text-decoration: none; cursor: pointer; }
.told { border-left: 4px solid #d55e00; background: #fdf3ec; padding: 0.1rem 0.8rem; }
.small { font-size: 0.85rem; color: #52606d; }
"""
_PAGE = (
    '<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>'
    '<body><main><h1>{title}</h1>{told}{body}<p class="small">{note}</p></main></body></html>'
)
_LOCAL = (
    '<form method="post" action="/sign-in?lang={lang}"><label for="login">{says_login}</label>'
    '<input id="login" name="login" value="{login}" autocomplete="username" maxlength="128" required autofocus>'
    '<label for="password">{says_password}</label>'
    '<input id="password" name="password" type="password" autocomplete="current-password" maxlength="256" required>'
    '<button type="submit">{says_enter}</button></form>'
)
_BUTTON = '<a class="button" href="{address}">{says}</a>'


def page(lang: str, refusal: IppsGeoError | None = None, status: int = 200, login: str = "") -> Response:
    """Return the page in ``lang``: the way in, and what was refused before it."""
    words = catalogue(lang)

    def t(key: str) -> str:
        return html(words.text(key))

    told = "" if refusal is None else "".join(f"<p>{html(line)}</p>" for line in error_sentences(refusal, lang) if line)
    return HTMLResponse(
        _PAGE.format(
            lang=lang,
            style=_STYLE,
            title=t("app.title"),
            told=f'<div class="told" role="alert">{told}</div>' if told else "",
            body=_form(signing(), lang, html(login), t),
            note=t("ledger.sign_in_note"),
        ),
        status,
        # Without a referrer browsers name no origin either, and the form could not be told from one of another site.
        {"content-security-policy": POLICY, "cache-control": "no-store", "referrer-policy": "same-origin"},
    )


def _form(way: Signing, lang: str, login: str, t: Callable[[str], str]) -> str:
    if way.way == "oidc":
        from streamlit.auth_util import encode_provider_token

        address = f"/auth/login?provider={encode_provider_token('default')}"
        return _BUTTON.format(address=address, says=t("ledger.sign_in_provider"))
    if way.way == "none":
        return _BUTTON.format(address="/", says=t("ledger.sign_in_open"))
    says = {
        "says_login": t("ledger.sign_in_login"),
        "says_password": t("ledger.sign_in_password"),
        "says_enter": t("ledger.sign_in"),
    }
    return _LOCAL.format(lang=lang, login=login, **says)
