"""What a call carries, and what is said of one that cannot be used."""

from __future__ import annotations

import copy
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from oracle import SIGNS, alert
from responses import write_response

from triage import Intake, assess
from triage.fhir.operations import Call, assess_response, read_call, refuse_resource
from triage.fhir.problems import Issue, ResourceError
from triage.fhir.signs import find_alarm, find_signs

if TYPE_CHECKING:
    from triage.pack import Pack

Json = dict[str, Any]

ERROR = ResourceError([Issue("not-found", "QuestionnaireResponse.item[0].linkId", "is no link id")])


def wrap(*parameters: Json) -> Json:
    return {"resourceType": "Parameters", "parameter": list(parameters)}


def test_a_response_stands_alone_or_in_parameters(pack: Pack) -> None:
    response: Json = {"resourceType": "QuestionnaireResponse"}
    named = {"name": "questionnaire-response", "resource": response}
    reading = {"name": "reading", "valueCode": pack.reading_names[-1]}
    assert read_call(pack, response) == Call(response)
    assert read_call(pack, wrap(named)) == Call(response, "Parameters.parameter[0].resource")
    assert read_call(pack, wrap(reading, named)) == Call(response, "Parameters.parameter[1].resource", pack.reading_names[-1])


def test_every_mistake_in_parameters_is_told_at_once(pack: Pack) -> None:
    given = wrap({"name": "reading", "valueCode": "x"}, {"name": "y"}, {}, {"name": "reading", "valueString": "broad"})
    with pytest.raises(ResourceError) as raised:
        assess_response(pack, given)
    assert [(issue.code, issue.expression) for issue in raised.value.issues] == [
        ("code-invalid", "Parameters.parameter[0]"),
        ("not-supported", "Parameters.parameter[1]"),
        ("not-supported", "Parameters.parameter[2]"),
        ("not-supported", "Parameters.parameter[3]"),
        ("required", "Parameters"),
    ]


def test_the_signs_in_what_is_refused_come_first_at_the_level_that_they_reach(pack: Pack) -> None:
    assert pack.header.safety_net is not None
    texts = {level.level: level.text for level in pack.header.safety_net.levels}
    for count in range(len(SIGNS) + 1):
        for reported in combinations(SIGNS, count):
            signs = {sign: "yes" if sign in reported else "no" for sign in SIGNS}
            response = write_response(pack, Intake(signs))
            told = refuse_resource(pack, response, ERROR)["issue"]
            warnings = [issue for issue in told if issue["severity"] == "warning"]
            if reported:
                assert told.index(warnings[0]) == 0
                assert warnings[0]["diagnostics"].startswith(texts[alert(signs)])
            assert len(warnings) == bool(reported)
            assert len(told) == len(warnings) + 1


def test_a_sign_counts_beside_another_answer_under_another_system_and_wherever_it_stands(pack: Pack) -> None:
    sign = next(question for question in pack.questions if question.warning is not None)
    response = write_response(pack, Intake({sign.question: "no"}))
    both = copy.deepcopy(response)
    both["item"][0]["item"][0]["answer"].insert(0, {"valueCoding": {"system": "urn:x", "code": sign.warning}})
    deep = {"item": [{"answer": [{"item": both["item"]}]}]}
    for tree in (both, deep, wrap({"name": "questionnaire-response", "resource": both})):
        assert list(find_signs(pack, tree)) == [sign.question]
        level, net = find_alarm(pack, tree), assess(pack, Intake({sign.question: sign.warning})).safety_net
        assert level is not None
        assert net is not None
        assert level.level == net.level
    assert find_alarm(pack, response) is None


@pytest.mark.parametrize(
    "tree",
    [None, "yes", [], [[1]], {"item": "x"}, {"linkId": ["x"]}, {"item": [{"linkId": SIGNS[0], "answer": "yes"}]},
     {"linkId": SIGNS[0], "answer": [None, {"valueCoding": "yes"}, {"valueCoding": {"code": ["yes"]}}]}],
    ids=str,
)  # fmt: skip
def test_what_has_no_shape_reports_no_sign(pack: Pack, tree: object) -> None:
    assert list(find_signs(pack, tree)) == []
    assert find_alarm(pack, tree) is None
