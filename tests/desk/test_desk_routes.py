"""The addresses of the desk, called in the service as it is put together: forms in by POST, never an answer in an address."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from asgi import COOKIE, SETTINGS, Answer, call
from desk_states import CONTRADICTION, EMERGENCY, SETTLED, TWO, Fields, fields_of, see

from triage import assess, load_pack
from triage.desk.form import MAX_SITES, STRAY, make_intakes, read_form
from triage.report import render_json
from triage.service.app import create_app
from triage.service.desk_routes import FORM_ONLY, SHOWN

if TYPE_CHECKING:
    from fastapi import FastAPI

    from triage.pack import Pack

FORM = ("Content-Type", "application/x-www-form-urlencoded")
MULTIPART = ("Content-Type", "multipart/form-data; boundary=x")


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(SETTINGS)


def post(app: FastAPI, path: str, fields: Fields) -> Answer:
    return call(app, "POST", path, COOKIE, FORM, body=urlencode(fields).encode())


def upload(app: FastAPI, *files: tuple[str, bytes]) -> Answer:
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\n\r\n%s\r\n' % (name.encode(), data)
        for name, data in files
    ]
    return call(app, "POST", "/desk/open", COOKIE, MULTIPART, body=b"".join(parts) + b"--x--\r\n")


@pytest.mark.parametrize("path", ["/", "/interview", "/open"])
def test_the_starts_are_pages_with_the_headers_of_the_service(app: FastAPI, path: str) -> None:
    answer = call(app, "GET", path, COOKIE)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_the_style_and_the_script_of_a_page_are_there(app: FastAPI) -> None:
    seen = see(call(app, "GET", "/", COOKIE).text)
    addresses = seen.values("//link/@href | //script/@src")
    assert len(addresses) == 3
    for address in addresses:
        assert call(app, "GET", address).status == 200


@pytest.mark.parametrize("path", FORM_ONLY)
def test_who_comes_to_a_form_without_one_begins_at_the_desk(app: FastAPI, path: str) -> None:
    answer = call(app, "GET", path, COOKIE)
    assert (answer.status, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize("path", SHOWN)
def test_every_page_takes_its_answers_from_the_form_and_not_from_the_address(app: FastAPI, path: str) -> None:
    pack = load_pack()
    headline = assess(pack, make_intakes(pack, read_form(pack, fields_of(pack, SETTLED)))[0]).headline
    assert headline in post(app, path, fields_of(pack, SETTLED)).text
    assert headline not in post(app, f"{path}?{urlencode(fields_of(pack, SETTLED))}", []).text


@pytest.mark.parametrize("answers", [SETTLED, EMERGENCY, CONTRADICTION, TWO])
def test_json_is_byte_for_byte_that_of_the_core(app: FastAPI, pack: Pack, answers: dict[str, str]) -> None:
    sites = ("L1", "L2") if answers is TWO else ("L1",)
    fields = fields_of(pack, answers, reference="case-17", sites=sites)
    got = post(app, "/sheet/file", [*fields, ("do", "json")])
    expected = render_json([assess(pack, intake) for intake in make_intakes(pack, read_form(pack, fields))])
    assert got.text == expected
    assert got.headers["content-disposition"] == f'attachment; filename="sheet-case-17-{"-".join(sites)}.json"'


def test_answers_that_are_saved_can_be_opened_again(app: FastAPI, pack: Pack) -> None:
    fields = fields_of(pack, TWO, reference="case-17", sites=("L1", "L2"))
    saved = [post(app, "/desk/save", [*fields, ("do", number)]) for number in ("1", "2")]
    assert [answer.headers["content-disposition"] for answer in saved] == [
        'attachment; filename="intake-case-17-L1.json"',
        'attachment; filename="intake-case-17-L2.json"',
    ]
    opened = upload(app, ("a.json", saved[0].body), ("b.json", saved[1].body))
    assert opened.status == 200
    again = post(app, "/desk", fields)
    path = "//*[@id='desk']//input[@checked]/@id | //*[@id='desk']//option[@selected]/@value"
    assert see(opened.text).values(path) == see(again.text).values(path)


@pytest.mark.parametrize("number", ["", "0", "7", "x", "²", "-1"])
def test_a_number_that_is_none_saves_one_that_there_is(app: FastAPI, pack: Pack, number: str) -> None:
    assert post(app, "/desk/save", [*fields_of(pack, SETTLED), ("do", number)]).status == 200
    assert post(app, "/desk/remove", [*fields_of(pack, SETTLED), ("do", number)]).status == 200


def test_a_site_is_added_and_removed(app: FastAPI, pack: Pack) -> None:
    two = post(app, "/desk/add", fields_of(pack, SETTLED))
    assert see(two.text).values("//input[starts-with(@name, 'site.')]/@name") == ["site.1", "site.2"]
    one = post(app, "/desk/remove", [*fields_of(pack, SETTLED, sites=("", "L2")), ("do", "1")])
    assert see(one.text).values("//input[starts-with(@name, 'site.')]/@value") == ["L2"]
    assert see(one.text).texts("//div[@class='told']//li") == ["Site 1 was removed, with the answers that are about it alone"]
    many = post(app, "/desk/add", fields_of(pack, SETTLED, sites=("",) * (MAX_SITES - 1)))
    assert not see(many.text).texts("//button[starts-with(@formaction, '/desk/add')]")


def test_answers_are_not_saved_unseen_where_a_clinician_is_to_be_called_at_once(app: FastAPI, pack: Pack) -> None:
    fields = fields_of(pack, EMERGENCY)
    page = post(app, "/desk/save", fields)
    assert (page.status, page.headers.get("content-disposition")) == (200, None)
    assert page.text == post(app, "/desk", fields).text
    assert post(app, "/sheet/save", fields).headers["content-disposition"] == 'attachment; filename="intake.json"'


@pytest.mark.parametrize("path", [*SHOWN, "/sheet/file", "/sheet/save", "/desk/save"])
def test_a_mistake_is_a_page_that_says_so_and_no_result(app: FastAPI, pack: Pack, path: str) -> None:
    answer = post(app, path, [*fields_of(pack, SETTLED, reference="Ann Example"), ("do", "json")])
    assert answer.status == 422
    assert "Reference: takes 1 to 64 letters" in answer.text
    assert "typically connect this" not in answer.text


@pytest.mark.parametrize("path", [*SHOWN, "/sheet/file", "/sheet/save", "/desk/save", "/desk/add", "/desk/remove"])
@pytest.mark.parametrize("fields", [[("answer.secretword", "yes")], [("answer.fever", "yes"), ("answer.fever", "secretword")]])
def test_what_no_page_sends_is_refused_and_not_repeated(app: FastAPI, path: str, fields: Fields) -> None:
    answer = post(app, path, fields)
    assert answer.status in (400, 422)
    assert "secretword" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("path", [*SHOWN, "/sheet/file", "/sheet/save", "/desk/save", "/desk/add", "/desk/remove"])
def test_a_page_of_another_version_is_refused_and_a_sign_on_it_is_said(app: FastAPI, pack: Pack, path: str) -> None:
    answer = post(app, path, [*fields_of(pack, {"leg_weakness": "yes", "cause": "trauma"}), ("answer.gone", "yes")])
    assert answer.status == 422
    assert pack.question["leg_weakness"].label in see(answer.text).text("//*[@id='alarm']")


def test_an_answer_that_comes_as_a_file_is_not_lost_without_a_word(app: FastAPI) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="answer.fever"; filename="a"\r\n\r\nno\r\n--x--\r\n'
    answer = call(app, "POST", "/desk", COOKIE, MULTIPART, body=body)
    assert answer.status == 422
    assert STRAY.message in answer.text


@pytest.mark.parametrize("files", [(("a.json", b'{"answers": {}}'), ("b.json", b"")), (("b.json", b""),)])
def test_an_empty_file_is_told(app: FastAPI, files: tuple[tuple[str, bytes], ...]) -> None:
    answer = upload(app, *files)
    assert answer.status == 422
    assert "b.json: " in see(answer.text).text("//*[@id='troubles']")


@pytest.mark.parametrize("files", [(), (("a.json", b"{"),), (("a.yaml", b"answers: {fever: maybe}"),), (("a", b"\xff\x00"),)])
def test_a_file_that_cannot_be_used_leads_back_to_where_it_was_chosen(app: FastAPI, files: tuple[tuple[str, bytes], ...]) -> None:
    answer = upload(app, *files)
    assert answer.status == 422
    assert see(answer.text).values("//*[@id='troubles']//a/@href")[0] == "#files"


def test_a_sign_in_such_a_file_is_said_all_the_same(app: FastAPI, pack: Pack) -> None:
    answer = upload(app, ("a.yaml", b"answers: {leg_weakness: yes, cause: maybe}"))
    assert pack.question["leg_weakness"].label in see(answer.text).text("//*[@id='alarm']")


def test_a_format_that_is_not_there_is_refused(app: FastAPI, pack: Pack) -> None:
    assert post(app, "/sheet/file", [*fields_of(pack, SETTLED), ("do", "exe")]).status == 422
