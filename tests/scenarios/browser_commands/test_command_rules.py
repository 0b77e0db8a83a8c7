"""The story of what the pages say about commands, and how often they ask for them."""

import pytest

from tests.harness.browser import visit
from tests.harness.deadline import stays
from tests.harness.pages import DEADLINE_MS, call

COMMAND = {
    "state": "queued", "two_way": True, "attempts": 0, "created_at": 1, "expires_at": 2,
    "sent_at": None, "delivered_at": None, "answered_at": None, "ended_at": None, "answer": None,
    "error": None,
}  # fmt: skip
SAY = """async ([command]) => {
  const { stateSentence, stepList } = await import("/static/js/command_words.js");
  const text = (...nodes) => {
    const node = document.createElement("p");
    node.append(...nodes);
    return node.textContent.replace(/\\d+\\/\\d.*?(AM|PM)/g, "TIME");
  };
  return [text(...stateSentence(command)), text(stepList(command))];
}"""

AGAIN = "for the device to connect again (it was sent 2 times, and not taken), until TIME."


@pytest.fixture
def poller(modules):
    """Return the page without the poller of the test before, which never ends."""
    visit(modules, modules.url)
    return modules


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, ["Waiting for the device to connect, until TIME.", "Queued TIME"]),
        ({"attempts": 2, "sent_at": 3}, [f"Waiting {AGAIN}", "Queued TIME"]),
        ({"isBehind": True}, ["Waiting for the command before it, until TIME.", "Queued TIME"]),
        ({"state": "sent", "sent_at": 3},
         ["Sent TIME. Waiting for the device to take it.", "Queued TIMESent TIME"]),
        ({"state": "delivered", "sent_at": 3, "delivered_at": 4},
         ["Delivered TIME: the device has it. Waiting for its answer.",
          "Queued TIMESent TIMEDelivered TIME"]),
        ({"state": "delivered", "two_way": False, "delivered_at": 4, "ended_at": 4},
         ["Delivered TIME: the device has it.", "Queued TIMEDelivered TIME"]),
        ({"state": "answered", "answered_at": 5, "ended_at": 5, "answer": {"json": {"ok": True}}},
         ["Answered TIME: ok: true", "Queued TIMEAnswered TIME"]),
        ({"state": "failed", "ended_at": 5, "error": "cancelled by a@example.com"},
         ["Cancelled TIME by a@example.com.", "Queued TIME"]),
        ({"state": "failed", "ended_at": 5, "error": "too large"},
         ["Failed TIME: too large.", "Queued TIME"]),
        ({"state": "expired", "ended_at": 5, "error": "the device did not answer"},
         ["Expired TIME: the device did not answer.", "Queued TIME"]),
    ],
)  # fmt: skip
def test_each_state_is_said_in_words(modules, fields, words):
    assert modules.evaluate(SAY, [COMMAND | fields]) == words


@pytest.mark.parametrize(
    ("answer", "line", "whole"),
    [
        (None, "", ""),
        ({"text": "ok\n"}, "ok", ""),
        ({"text": ""}, "(empty)", ""),
        ({"json": None}, "null", ""),
        ({"json": "open"}, "open", ""),
        ({"json": [1, 2]}, "[1,2]", ""),
        ({"json": {}}, "{}", ""),
        ({"json": {"a": 1, "b": "x"}}, "a: 1, b: x", ""),
        ({"json": {"a": {"b": 1}}}, 'a: {"b":1}', '{\n  "a": {\n    "b": 1\n  }\n}'),
    ],
)
def test_an_answer_is_one_line_and_whole_where_that_says_more(modules, answer, line, whole):
    assert call(modules, "command_words", "answerText", answer) == line
    assert call(modules, "command_words", "wholeAnswer", answer) == whole


def test_a_long_answer_is_shortened_and_whole_below(modules):
    answer = {"text": "x" * 200}

    assert call(modules, "command_words", "shortAnswer", answer) == "x" * 120 + "…"
    assert call(modules, "command_words", "wholeAnswer", answer) == "x" * 200


def test_controls_that_had_the_same_place_are_moved_too(modules):
    controls = [{"id": "a", "order": 1}, {"id": "b", "order": 1}, {"id": "c", "order": 7}]

    moved = call(modules, "control_editor", "reordered", controls, 0, 1)

    assert [(control["id"], order) for control, order in moved] == [("a", 2)]


def test_only_tags_that_all_devices_have_are_common(modules):
    rows = [{"tags": ["a", "b"]}, {"tags": ["b", "c"]}]

    assert call(modules, "overview_command", "commonTags", rows) == ["b"]


POLL = """async (fails) => {
  const { Poller } = await import("/static/js/poller.js");
  window.asked = 0;
  window.fails = fails;
  window.atOnce = window.most = 0;
  window.delays = [];
  let last = 0;
  window.poller = new Poller(async () => {
    if (last) window.delays.push(performance.now() - last);
    window.asked++;
    window.most = Math.max(window.most, ++window.atOnce);
    await new Promise((resolve) => setTimeout(resolve, 50));
    window.atOnce--;
    last = performance.now();
    if (window.fails) throw Object.assign(new Error("no"), { status: window.fails });
    return 20;
  });
  window.poller.now();
}"""


def test_a_poll_begins_only_after_the_one_before(poller):
    poller.evaluate(POLL, 0)

    poller.evaluate("window.poller.now()")

    poller.wait_for_function("() => window.asked >= 5", timeout=DEADLINE_MS)
    assert poller.evaluate("window.most") == 1


def test_after_errors_it_asks_less_and_less_often(poller):
    poller.evaluate(POLL, 503)

    poller.wait_for_function("() => window.delays.length >= 2", timeout=DEADLINE_MS)
    first, second = poller.evaluate("window.delays")[:2]
    assert first >= 900
    assert second >= 1900


def test_it_does_not_ask_again_for_what_is_gone(poller):
    poller.evaluate(POLL, 404)

    poller.wait_for_function("() => window.asked && !window.atOnce", timeout=DEADLINE_MS)

    stays(lambda: poller.evaluate("window.asked") == 1, 1.5, "it was asked for once")


TYPED = """async ([type, text]) => {
  const { valueOf } = await import("/static/js/typed_value.js");
  try {
    return { value: valueOf(type, text) };
  } catch (error) {
    return { error: error.message };
  }
}"""


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("number", " 21.5 ", 21.5), ("number", "-3", -3), ("number", "1e3", 1000),
        ("number", "9007199254740991", 9007199254740991), ("bool", "true", True),
        ("bool", "false", False), ("text", "007", "007"), ("text", "", ""),
        ("json", '{"a": [1, null]}', {"a": [1, None]}), ("json", "5", 5), ("json", "1e300", 1e300),
    ],
)  # fmt: skip
def test_a_typed_value_has_the_type_that_was_chosen(modules, kind, text, value):
    assert modules.evaluate(TYPED, [kind, text]) == {"value": value}


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("number", "", "must be a number such as 21.5, got “”"),
        ("number", "2,5", "got “2,5”: write it with a point, or choose another type."),
        ("number", "0x10", "must be a number"),
        ("number", "1e999", "must be a number"),
        ("number", "9007199254740993", "a browser loses digits of larger ones"),
        ("json", '{"a": [9007199254740993]}', "a browser loses digits of larger ones"),
        ("json", "{1}", "The value must be JSON, such as"),
        ("json", " ", "got nothing: for an empty text choose the type Text."),
        ("json", "null", "must not be null: delete the key instead."),
    ],
)
def test_what_is_not_such_a_value_is_refused_with_rule_and_remedy(modules, kind, text, words):
    assert words in modules.evaluate(TYPED, [kind, text])["error"]


PARAMS = """async (text) => {
  const { parseParams } = await import("/static/js/free_command.js");
  try {
    return { params: parseParams(text) };
  } catch (error) {
    return { error: error.message };
  }
}"""


def test_params_of_which_a_browser_would_lose_digits_are_refused(modules):
    assert modules.evaluate(PARAMS, '{"serial": 7}') == {"params": {"serial": 7}}
    refused = modules.evaluate(PARAMS, '{"serial": 9007199254740993}')
    assert "a browser loses digits of larger ones" in refused["error"]


POSITION = """async ([control, commands, reported]) => {
  const { whereStands } = await import("/static/js/control_position.js");
  const { value, words } = whereStands(control, commands, reported ?? undefined);
  const node = document.createElement("p");
  node.append(...words);
  return [value ?? null, node.textContent.replace(/since .*\\./, "since TIME.")];
}"""
SWITCH = {"kind": "switch", "reported_key": "open", "parameters": [{"name": ""}]}
UNBOUND = SWITCH | {"reported_key": ""}
SENT_ON = COMMAND | {"id": "1", "params": True, "state": "answered", "ended_at": 9}
AS_SENT = "As it was sent last: the device does not report it."
FAILED = SENT_ON | {"id": "2", "params": False, "state": "failed", "error": "x"}
NOT_A_SWITCH = (
    "Reported: ajar, which is not true or false. Let the device send true or false as open."
)


@pytest.mark.parametrize(
    ("control", "commands", "reported", "expected"),
    [
        (UNBOUND, [], None, [None, "Not sent lately, and the device does not report it."]),
        (UNBOUND, [SENT_ON], None, [True, AS_SENT]),
        (UNBOUND, [FAILED, SENT_ON], None, [True, AS_SENT]),
        (SWITCH, [SENT_ON], None, [True, "The device has not reported open yet."]),
        (SWITCH, [SENT_ON], {"value": False, "since": 1}, [False, "Reported: off, since TIME."]),
        (SWITCH, [COMMAND | {"id": "1", "params": True}], {"value": False, "since": 1},
         [True, "Reported: off, since TIME."]),
        (SWITCH, [], {"value": "ajar", "since": 1},
         ["ajar", NOT_A_SWITCH]),
    ],
)  # fmt: skip
def test_a_control_stands_where_the_device_reports_or_else_was_sent(
    modules, control, commands, reported, expected
):
    assert modules.evaluate(POSITION, [control, commands, reported]) == expected


PACED = """async () => {
  const { paced } = await import("/static/js/frames.js");
  const at = [];
  const act = paced(() => at.push(performance.now()));
  const end = performance.now() + 1500;
  while (performance.now() < end) {
    act();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return at.length;
}"""


def test_what_changes_all_the_time_is_fetched_less_and_less_often(modules):
    assert 3 <= modules.evaluate(PACED) <= 16
