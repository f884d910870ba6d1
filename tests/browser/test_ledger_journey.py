"""A district, the city centre and the bureau in browsers of their own: a roster and a case, from hand to hand.

With ``IPPS_GEO_ALL_PICTURES`` set, pictures of each stage go to ``artifacts/ledger_*.png``.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from pathlib import Path

import openpyxl
import pytest

from ipps_geo import ledger as room
from ipps_geo.ledger import DESK, Account, Role, administration
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.workspace import generate_demo
from tests.browser.conftest import CHROMIUM, Reader, context_of, kill, serve

playwright = pytest.importorskip("playwright.sync_api")
WORDS = catalogue("zh")
PASSWORD = "seven quiet herons"
PEOPLE = (
    Account("li.hua", "李华", Role.DISTRICT, "110108"),
    Account("sun.li", "孙丽", Role.CITY, administrator=True),
    Account("qian.jin", "钱进", Role.BUREAU),
)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Return (address, log, ledger): a server with accounts over a small network on record."""
    if not Path(CHROMIUM).is_file():
        pytest.skip("no chromium here")
    folder = tmp_path_factory.mktemp("ledger")
    ledger = room.open_ledger(folder / "ledger.sqlite")
    network, at = generate_demo(2_500, seed=5), dt.datetime.now(dt.UTC)
    room.import_workspace(ledger, DESK, network, file="demo", day=network.data_date)
    for person in PEOPLE:
        first = administration.create(ledger, DESK, person, set(network.service_units["code"]), at=at)
        administration.change_own_password(ledger, person.login, first, PASSWORD, at=at)
    process, address = serve(
        folder / "scenarios.sqlite",
        folder / "log.txt",
        "--sign-in",
        "local",
        IPPS_GEO_LEDGER=str(folder / "ledger.sqlite"),
    )
    yield address, folder / "log.txt", ledger
    kill(process)


class Person(Reader):
    """A reader who signed in, and fills in forms."""

    disabled = False
    """Whether the account has been disabled: the browser is then refused whatever it still asks for, at any time."""

    def _console(self, message):
        if not (self.disabled and "401 (Unauthorized)" in message.text):
            super()._console(message)

    def enter(self, login, at):
        self.page.goto(f"{self.address}/")
        self.page.get_by_label("账号").fill(login)
        self.page.get_by_label("密码").fill(PASSWORD)
        self.page.get_by_role("button", name="登录").click()
        self.page.get_by_test_id("stApp").wait_for()
        self.open(at) if at else self.settle()
        return self

    def fill(self, label, text):
        self.page.get_by_label(label, exact=True).last.fill(text)

    def pick(self, label, option):
        box = self.page.get_by_role("combobox", name=re.compile(f"{re.escape(label)}$|{re.escape(label)}\\b")).last
        wanted = self.page.get_by_role("option", name=option, exact=True)
        for _ in range(4):  # a page that was drawn again meanwhile has closed its list
            box.click()
            try:
                wanted.wait_for(timeout=4_000)
                break
            except playwright.TimeoutError:
                self.settle()
        wanted.click()

    def press(self, button):
        self.page.get_by_role("button", name=button, exact=True).last.click()
        self.settle()

    def says(self, text):
        self.page.get_by_text(text).first.wait_for()


@pytest.fixture(scope="module")
def people(house, browser):
    """The three, each in a context of their own, signed in once."""
    address, log, _ = house
    persons = []
    for person, at in zip(PEOPLE, ("", "cases", "cases"), strict=True):  # what every view has on its map is drawn once
        context = context_of(browser)
        reader = Person(context, address)
        reader.page.set_default_timeout(60_000)
        persons.append(reader.enter(person.login, at))
    yield persons
    for person, who in zip(persons, PEOPLE, strict=True):
        person.shot(f"ledger_end_{who.login}")
    for person in persons:
        person.page.context.close()
        assert person.faults == []
    assert "Traceback" not in log.read_text("utf-8")
    assert PASSWORD not in log.read_text("utf-8")


def roster_of(ledger, station, *, without):
    """The roster of a station as a workbook, some rows left out."""
    rosters = room.as_of(ledger).rosters
    own = rosters[(rosters["holder_id"] == station) & rosters["delisted_on"].isna()]
    book = openpyxl.Workbook()
    book.active.append(["企业名称", "统一社会信用代码"])
    for row in own[["name", "uscc"]].iloc[without:].itertuples(index=False):
        book.active.append(list(row))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.browser
@pytest.mark.slow
def test_a_roster_is_sent_in_returned_sent_in_again_and_taken_over(house, people, tmp_path):
    _, _, ledger = house
    clerk, city, _ = people
    stations = room.view(ledger, PEOPLE[0]).institutions
    listed = set(room.as_of(ledger).rosters["holder_id"])
    own = stations[(stations["unit"] == "110108") & stations["institution_id"].isin(listed)].iloc[0]
    file = tmp_path / "roster.xlsx"
    file.write_bytes(roster_of(ledger, own["institution_id"], without=2))

    # The clerk sends in the roster of one station: two names are gone, and she sees it before she submits.
    clerk.go("数据报送")
    clerk.pick("范围", f"{own['name']} · {own['institution_id']}")
    clerk.page.locator("input[type=file]").first.set_input_files(file)
    clerk.settle()
    clerk.shot("ledger_1_file_read")
    clerk.press("存为草稿，查看差异")
    clerk.says("移出名册")
    clerk.shot("ledger_2_difference")
    clerk.press("提交")
    clerk.says("已提交 · roster.xlsx")

    # The city returns it with a reason, the clerk submits again, the city takes it over.
    city.go("办理事项")
    waiting = city.page.get_by_test_id("stMetric").filter(has_text="报送待审")
    assert waiting.get_by_test_id("stMetricValue").inner_text() == "1"
    city.shot("ledger_3_worklist")
    city.go("数据报送")
    city.choose_row(0)
    city.settle()
    city.fill("退回原因", "请注明两家企业移出的原因")
    city.press("退回")
    city.says("已退回：请注明两家企业移出的原因")
    clerk.page.reload()
    clerk.settle()
    clerk.says("已退回：请注明两家企业移出的原因")
    clerk.shot("ledger_4_returned")
    clerk.press("提交")
    city.page.reload()
    city.settle()
    city.press("接收入账")
    city.says("台账第 2 批")
    city.shot("ledger_5_taken_over")
    assert room.submissions(ledger, PEOPLE[1])[0].state == "accepted"


@pytest.mark.browser
@pytest.mark.slow
def test_an_application_goes_from_hand_to_hand_until_it_is_filed(house, people):
    _, _, ledger = house
    clerk, city, bureau = people

    # An application: the form, the district's inspection and recommendation.
    clerk.go("办理事项")
    clerk.page.get_by_text("新建事项").click()
    clerk.settle()
    for name, text in (
        ("name", "西二旗知识产权公共服务工作站"),
        ("undertaking_name", "北京西二旗科技孵化器有限公司"),
        ("undertaking_founded_on", "2020-03-01"),
        ("operating_since", "2021-01-01"),
        ("full_time_staff", "3"),
    ):
        clerk.fill(WORDS.column(name), text)
    clerk.fill("经度（国家大地坐标系）", "116.31")
    clerk.fill("纬度（国家大地坐标系）", "40.05")
    for name in ("has_premises", "has_phone", "has_tools"):
        clerk.pick(WORDS.column(name), "是")
    clerk.press("提交")
    clerk.says("申报内容")
    clerk.shot("ledger_6_application")
    for step in ("区考察", "区推荐"):
        clerk.press(step)
    clerk.says("等待：市中心考察论证")

    # The city centre returns it; submitted again it goes on where it was; nobody else could have decided.
    city.go("办理事项")
    city.choose_row(0, table=1)
    city.settle()
    city.page.get_by_test_id("stButtonGroup").get_by_text("退回", exact=True).click()
    city.settle()
    city.fill("说明", "请补充统一社会信用代码")
    city.press("退回")
    clerk.page.reload()
    clerk.settle()
    clerk.says("已退回：请补充统一社会信用代码")
    clerk.fill(WORDS.column("undertaking_uscc"), "91110108551385082Q")
    clerk.press("提交")
    city.page.reload()
    city.settle()
    for name in ("was_inspected", "was_argued", "was_evaluated"):
        city.pick(WORDS.column(name), "是")
    city.press("市中心考察论证")
    city.says("决定")
    city.page.get_by_text("同意", exact=False).first.click()
    city.press("决定")
    city.says("等待：备案")
    city.shot("ledger_7_decided")
    bureau.go("办理事项")
    bureau.choose_row(0, table=1)
    bureau.settle()
    bureau.press("备案")
    bureau.says("已办结")
    bureau.shot("ledger_8_filed")

    # The trail holds every step, and its chain is whole.
    city.go("台账记录")
    city.press("校验记录链")
    city.says("记录链完整")
    city.shot("ledger_9_trail")
    assert room.verify(ledger) == ()
    told = [event.what for event in room.trail(ledger, PEOPLE[1])]
    for what in ("submit", "inspect", "recommend", "return", "appraise", "decide", "file"):
        assert what in told

    # Disabled amid her work, the clerk is out at her next click; what her browser still asks for is refused.
    clerk.disabled = True
    administration.disable(ledger, DESK, "li.hua", at=dt.datetime.now(dt.UTC))
    clerk.page.get_by_role("link", name="总览").click()
    clerk.says("重新登录")
    clerk.shot("ledger_10_out")
    assert "申报内容" not in clerk.page.locator("body").inner_text()
