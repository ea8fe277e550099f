"""The worker as `lhp` uses it: a process, and lines in both directions."""

from __future__ import annotations

import sys
import tempfile
import unittest
from pathlib import Path

from worker_client import CONTEXT, Client, Refused, action, plugin

NOISE = Path(__file__).resolve().parent / "noise"


def generate(client, key, plugin="noise", kind="load", **values):
    source = {"type": key, **values}
    return client.call(
        "generate",
        plugin=plugin,
        kind=kind,
        key=key,
        action=action(source=source),
        spec=values,
        config={},
        context=CONTEXT,
        upstream=[],
        files={},
    )


class Answers(unittest.TestCase):
    """What well-behaved plugins get and give."""

    def setUp(self):
        self.client = Client()
        self.addCleanup(self.client.__exit__, None, None, None)

    def noise(self, *names, **more):
        entries = [("load", name, f"noisy:{name}") for name in names]
        return self.client.initialize(plugin("noise", NOISE, *entries, **more))

    def test_an_empty_initialize_says_what_the_worker_is(self):
        result = self.client.initialize()
        self.assertEqual("1.0", result["protocol"])
        self.assertEqual([], result["problems"])
        self.assertEqual(0, self.client.end())

    def test_another_protocol_is_refused(self):
        with self.assertRaises(Refused) as caught:
            self.client.call("initialize", protocol={"min": "2.0"}, plugins=[])
        self.assertEqual("version", caught.exception.kind)

    def test_l_13_everything_that_a_generator_collects_is_in_the_answer(self):
        self.assertEqual([], self.noise("Full")["problems"])
        self.client.answers["host/read_file"] = lambda params: {"content": f"of {params['plugin']} {params['path']}"}
        self.assertEqual(
            {
                "body": "v_orders = 'of noise schemas/orders.yaml'\n",
                "imports": ["import a", "import b"],
                "pre_pipeline": ["import os"],
                "helpers": [{"name": "h", "content": "x = 1\n"}],
                "defines": ["v_orders"],
                "reads": ["t1"],
                "writes": ["t2"],
                "files": [{"path": "a/b.txt", "content": "text"}],
                "diagnostics": [
                    {
                        "severity": "warning",
                        "code": "F-1",
                        "message": "take care",
                        "path": "/spec/format",
                        "help": None,
                    }
                ],
                "depends_on_files": ["schemas/orders.yaml"],
            },
            generate(self.client, "Full"),
        )

    def test_a_second_action_starts_from_nothing(self):
        self.noise("Full")
        self.client.answers["host/read_file"] = lambda params: {"content": ""}
        self.assertEqual(generate(self.client, "Full"), generate(self.client, "Full"))

    def test_a_generator_that_forgets_the_constructor_of_its_base_works(self):
        self.noise("NoSuper")
        self.assertEqual(["t"], generate(self.client, "NoSuper")["reads"])

    def test_l_43_templates_are_rendered_by_the_host(self):
        self.noise("Renders")
        self.client.answers["host/render"] = lambda params: {"text": str(params)}
        self.assertIn("'template': 'load/x.py.j2'", generate(self.client, "Renders")["body"])
        asked = self.client.asked[0]["params"]
        self.assertEqual({"target": "v_orders", "more": [1, 2]}, asked["context"])

    def test_what_the_host_refuses_keeps_its_code(self):
        self.noise("Full")

        def refuse(params):
            raise PermissionError("not granted")

        self.client.answers["host/read_file"] = refuse
        with self.assertRaises(Refused) as caught:
            generate(self.client, "Full")
        self.assertEqual("host", caught.exception.kind)
        self.assertEqual({"code": "LHP-PLG-052"}, caught.exception.data["host"])

    def test_the_context_has_what_generators_expect(self):
        self.noise("Context")
        self.assertEqual("x = 1\n", generate(self.client, "Context")["body"])

    def test_functions_may_be_short_and_asynchronous(self):
        self.noise("one_argument", "asynchronous")
        answer = generate(self.client, "one_argument")
        self.assertEqual(["import a", "import b"], answer["imports"])
        self.assertEqual([{"name": "h", "content": "y = 2\n"}], answer["helpers"])
        self.assertIsNone(answer["defines"])
        self.assertEqual("v_orders = 1\n", generate(self.client, "asynchronous")["body"])

    def test_sources_may_come_from_memory(self):
        with Client(memory=True) as client:
            entries = [("load", "Full", "noisy.py:Full"), ("hook", "h", "hooks:Async")]
            self.assertEqual([], client.initialize(plugin("noise", NOISE, *entries))["problems"])
            client.answers["host/read_file"] = lambda params: {"content": ""}
            self.assertEqual(["t1"], generate(client, "Full")["reads"])
            self.assertEqual(0, client.end())

    def test_lazy_loading_postpones_problems(self):
        entries = [("load", "bad", "wrong:Nothing"), ("load", "good", "noisy:one_argument")]
        result = self.client.initialize(plugin("noise", NOISE, *entries), load="lazy")
        self.assertEqual([], result["problems"])
        with self.assertRaises(Refused) as caught:
            generate(self.client, "bad")
        self.assertEqual("wrong_interface", caught.exception.kind)
        self.assertEqual("v_orders = 1\n", generate(self.client, "good")["body"])

    def test_plugins_with_modules_of_the_same_name_do_not_meet(self):
        with tempfile.TemporaryDirectory() as directory:
            plugins = []
            for name in ("a", "b"):
                root = Path(directory, name)
                root.mkdir()
                (root / "shared.py").write_text(f"NAME = {name!r}\n")
                (root / "plugin.py").write_text(
                    "import shared\n\ndef make(action, context):\n    import shared as late\n"
                    "    return shared.NAME + late.NAME\n"
                )
                plugins.append(plugin(name, root, ("load", name, "plugin:make")))
            self.assertEqual([], self.client.initialize(*plugins)["problems"])
            for _ in range(2):
                for name in ("a", "b"):
                    self.assertEqual(name * 2, generate(self.client, name, plugin=name)["body"])

    def test_a_file_may_lie_in_a_package_and_beside_other_modules(self):
        with tempfile.TemporaryDirectory() as directory:
            inner = Path(directory, "code", "pack")
            inner.mkdir(parents=True)
            (inner / "__init__.py").write_text("")
            (inner / "other.py").write_text("TEXT = 'x = 1'\n")
            (inner / "entry.py").write_text("from .other import TEXT\n\ndef make(a, c):\n    return TEXT\n")
            (inner.parent / "json.py").write_text("def make(a, c):\n    return 'own json'\n")
            entries = [("load", "pack", "code/pack/entry.py:make"), ("load", "json", "code/json.py:make")]
            self.assertEqual([], self.client.initialize(plugin("noise", Path(directory), *entries))["problems"])
            self.assertEqual("x = 1", generate(self.client, "pack")["body"])
            self.assertEqual("own json", generate(self.client, "json")["body"])


class Noise(unittest.TestCase):
    """What ill-behaved plugins cannot break."""

    @classmethod
    def setUpClass(cls):
        cls.client = Client()
        names = (
            "prints reads_input exits interrupts recurses huge unserialisable wrong_type nothing unknown_part rejects "
            "value_error runtime_error programming_error bad_exception surrogate logs floods "
            "surrogate_in_file surrogate_in_template surrogate_in_error surrogate_in_finding surrogate_in_log later_part "
            "slip_in_finding one_argument dies"
        )
        entries = [("load", name, f"noisy:{name}") for name in names.split()]
        limits = {"output_kb": 1024}
        result = cls.client.initialize(plugin("noise", NOISE, *entries, limits=limits))
        assert result["problems"] == [], result

    @classmethod
    def tearDownClass(cls):
        cls.client.__exit__(None, None, None)
        assert b"printed at import" in cls.client.stderr

    def fails(self, name):
        with self.assertRaises(Refused) as caught:
            generate(self.client, name)
        # The worker goes on.
        self.assertEqual("v_orders = 1\n", generate(self.client, "one_argument")["body"])
        return caught.exception

    def test_what_is_printed_does_not_reach_the_protocol(self):
        self.assertEqual("x = 1\n", generate(self.client, "prints")["body"])

    def test_standard_input_is_empty(self):
        self.assertEqual("x = '', b''\n", generate(self.client, "reads_input")["body"])

    def test_ends_of_the_process_are_errors(self):
        self.assertEqual("exit", self.fails("exits").kind)
        self.assertEqual("interrupted", self.fails("interrupts").kind)
        self.assertEqual("recursion", self.fails("recurses").kind)

    def test_a_huge_answer_is_refused(self):
        error = self.fails("huge")
        self.assertEqual("too_large", error.kind)
        self.assertEqual(1024 * 1024, error.data["limit"])

    def test_answers_of_another_form_are_malformed(self):
        for name in ("unserialisable", "wrong_type", "nothing", "unknown_part"):
            with self.subTest(name):
                self.assertEqual("malformed", self.fails(name).kind)

    def test_p_30_words_of_a_plugin_become_the_diagnostic(self):
        error = self.fails("rejects")
        self.assertEqual("rejected", error.kind)
        self.assertEqual(
            {
                "severity": "error",
                "code": "S3-007",
                "message": "bucket is missing",
                "path": "/spec/bucket",
                "help": "set `bucket`",
            },
            error.data["diagnostic"],
        )

    def test_p_31_a_value_error_becomes_the_diagnostic(self):
        error = self.fails("value_error")
        self.assertEqual("Missing required config key: api_key", error.data["diagnostic"]["message"])
        self.assertIs(False, error.data["retryable"])

    def test_n_20_a_runtime_error_may_be_tried_again(self):
        error = self.fails("runtime_error")
        self.assertEqual("exception", error.kind)
        self.assertIs(True, error.data["retryable"])
        self.assertEqual("OSError: no route", error.data["cause"])

    def test_tracebacks_show_the_plugin_only(self):
        data = self.fails("programming_error").data
        self.assertEqual(["programming_error", "_inner"], [frame["function"] for frame in data["traceback"]])
        self.assertEqual("noisy.py", data["file"])
        self.assertIn("action.source", data["traceback"][-1]["text"])
        self.assertEqual(
            {"kind": "load", "key": "programming_error", "entry": "noisy:programming_error"}, data["entry"]
        )

    def test_an_exception_without_a_text_is_told(self):
        self.assertEqual("exception", self.fails("bad_exception").kind)

    def test_halves_of_characters_in_code_are_refused(self):
        for name, place in (
            ("surrogate", "`body`"),
            ("surrogate_in_file", "`files[0].content`"),
            ("surrogate_in_template", "`names[0]`"),
        ):
            with self.subTest(name):
                error = self.fails(name)
                self.assertEqual("malformed", error.kind)
                self.assertIn(f"{place} holds `\\ud800`", str(error))

    def test_halves_of_characters_in_messages_are_put_in_words(self):
        error = self.fails("surrogate_in_error")
        self.assertEqual(("rejected", "no file x\\udcffy"), (error.kind, error.data["diagnostic"]["message"]))
        found = generate(self.client, "surrogate_in_finding")["diagnostics"][0]
        self.assertEqual(("x\\udcffy", "\\udcff"), (found["message"], found["help"]))
        self.client.logs.clear()
        generate(self.client, "surrogate_in_log")
        self.assertEqual(["x\\udcffy"], [record["message"] for record in self.client.logs])

    def test_unknown_parts_are_ignored_unless_they_are_slips(self):
        self.assertEqual("x = 1\n", generate(self.client, "later_part")["body"])
        self.assertIn("no part `boddy`; did you mean `body`?", str(self.fails("unknown_part")))
        self.assertIn("no part `hlep`; did you mean `help`?", str(self.fails("slip_in_finding")))

    def test_n_22_log_records_arrive_with_the_plugin(self):
        self.client.logs.clear()
        generate(self.client, "logs")
        self.assertEqual(
            [
                ("noise", "info", "noisy", "working on load_orders"),
                ("noise", "error", "noisy", "went wrong (OSError: gone)"),
            ],
            [(r["plugin"], r["level"], r["logger"], r["message"]) for r in self.client.logs[:2]],
        )
        self.assertIn("cannot be formatted", self.client.logs[2]["message"])

    def test_a_flood_of_records_is_cut(self):
        self.client.logs.clear()
        generate(self.client, "floods")
        self.assertEqual(1000, len(self.client.logs))
        self.assertIn("no more records", self.client.logs[-1]["message"])

    def test_lines_that_are_no_requests_are_answered(self):
        for line, code in ((b"{\n", -32700), (b"[]\n", -32600), (b'{"id":5,"method":"fly"}\n', -32601)):
            self.client.raw(line)
            self.assertEqual(code, self.client.read()["error"]["code"])
        self.client.raw(b'{"id":6,"method":"generate","params":[]}\n')
        self.assertEqual(-32602, self.client.read()["error"]["code"])
        self.client.raw(b'{"id":7,"method":"generate","params":{"plugin":"x","kind":"load","key":"y"}}\n')
        self.assertEqual(-32602, self.client.read()["error"]["code"])


class Validation(unittest.TestCase):
    """Findings before code is asked for."""

    @classmethod
    def setUpClass(cls):
        cls.client = Client()
        names = "Nothing Awaited Listed Yields Refuses Number Coroutines Half Raises"
        entries = [("load", name, f"checks:{name}") for name in names.split()]
        result = cls.client.initialize(plugin("noise", NOISE, *entries))
        assert result["problems"] == [], result

    @classmethod
    def tearDownClass(cls):
        cls.client.__exit__(None, None, None)

    def validate(self, key):
        spec = {"action": action(), "spec": {}, "config": {}, "context": CONTEXT, "files": {}}
        return self.client.call("validate", plugin="noise", kind="load", key=key, specs=[spec])["diagnostics"]

    def test_findings_come_in_many_forms(self):
        for key, messages in (
            ("Nothing", []),
            ("Awaited", ["waited"]),
            ("Listed", ["first", "second"]),
            ("Yields", ["one", "two"]),
            ("Refuses", ["`Refuses` refuses these settings"]),
        ):
            with self.subTest(key):
                self.assertEqual(messages, [found["message"] for found in self.validate(key)])

    def test_what_are_no_findings_is_malformed(self):
        for key, type_ in (("Number", "int"), ("Coroutines", "coroutine"), ("Half", "float")):
            with self.subTest(key), self.assertRaises(Refused) as caught:
                self.validate(key)
            self.assertEqual("malformed", caught.exception.kind)
            self.assertIn(f"a value of type {type_}", str(caught.exception))

    def test_a_value_error_is_a_finding_with_its_place(self):
        with self.assertRaises(Refused) as caught:
            self.validate("Raises")
        self.assertEqual(("rejected", "checks.py"), (caught.exception.kind, caught.exception.data["file"]))


class Neighbours(unittest.TestCase):
    """What one plugin changes stays its own."""

    def setUp(self):
        self.client = Client(memory=True)
        self.addCleanup(self.client.__exit__, None, None, None)
        entries = [("load", "breaks", "breaker:breaks"), ("load", "own", "breaker:own")]
        entries = [plugin("bad", NOISE, *entries), plugin("good", NOISE / "good", ("load", "works", "works:works"))]
        self.assertEqual([], self.client.initialize(*entries)["problems"])

    def test_a_plugin_that_breaks_the_interpreter_breaks_nobody_else(self):
        before = generate(self.client, "works", plugin="good")["body"]
        for _ in range(2):
            generate(self.client, "breaks", plugin="bad")
            self.assertEqual(before, generate(self.client, "works", plugin="good")["body"])
        late = plugin("late", NOISE, ("load", "late", "noisy:one_argument"))
        self.assertEqual([], self.client.initialize(late)["problems"])
        self.assertEqual(0, self.client.end())

    def test_finders_of_packages_are_everybodys(self):
        with tempfile.TemporaryDirectory() as directory:
            Path(directory, "elsewhere.py").write_text(
                "import sys\nclass Elsewhere:\n    @staticmethod\n    def find_spec(*_):\n        return None\n"
                "sys.meta_path.append(Elsewhere)\n"
            )
            entries = [("load", "imports", "breaker:imports"), ("load", "finders", "breaker:finders")]
            self.client.initialize(plugin("first", NOISE, *entries, path=directory))
            generate(self.client, "imports", plugin="first")
            self.client.initialize(plugin("second", NOISE, *entries))
            self.assertIn("'Elsewhere'", generate(self.client, "finders", plugin="second")["body"])
            self.assertEqual(0, self.client.end())

    def test_a_plugin_keeps_what_it_has_changed_for_itself(self):
        generate(self.client, "works", plugin="good")
        self.assertEqual("mine True True 3000", generate(self.client, "own", plugin="bad")["body"])


class Deaths(unittest.TestCase):
    """Ends of the process."""

    def test_a_plugin_may_take_the_process_with_it(self):
        with Client() as client:
            client.initialize(plugin("noise", NOISE, ("load", "dies", "noisy:dies")))
            with self.assertRaises(EOFError):
                generate(client, "dies")
            self.assertEqual(7, client.process.wait(10))

    def test_the_worker_ends_when_the_host_does(self):
        with Client() as client:
            client.initialize()
            client.process.stdin.close()
            self.assertEqual(0, client.process.wait(10))
            client.process.stdin = None


class Problems(unittest.TestCase):
    """Entries that cannot be used."""

    def problem(self, entry, kind="load", key="k", **more):
        with Client() as client:
            result = client.initialize(plugin("p", NOISE, (kind, key, entry), **more))
            self.assertEqual(1, len(result["problems"]), result)
            problem = result["problems"][0]
            self.assertEqual("p", problem["plugin"])
            self.assertEqual(entry, problem["entry"]["entry"])
            return problem

    def test_l_22_missing_methods_are_named(self):
        for entry, missing in (
            ("wrong:Nothing", ["generate"]),
            ("wrong:Half", ["validate_environment", "get_generator_class"]),
            ("wrong:Abstract", ["get_generator_class", "get_source_type", "validate_environment"]),
            ("wrong:AbstractGenerator", ["generate"]),
            ("wrong:BadClass", ["generate"]),
            ("wrong:number", ["generate"]),
        ):
            with self.subTest(entry):
                problem = self.problem(entry)
                self.assertEqual("wrong_interface", problem["kind"])
                self.assertEqual(missing, problem["missing"])
                self.assertIn(f"`{missing[0]}`", problem["message"])

    def test_missing_methods_of_other_kinds_are_named(self):
        for kind, entry, missing in (
            ("hook", "wrong:NoHandler", ["handle_event"]),
            ("reader", "wrong:Nothing", ["extract"]),
            ("writer", "wrong:Nothing", ["write_batch"]),
            ("reader", "noisy:prints", []),
        ):
            with self.subTest(kind):
                problem = self.problem(entry, kind=kind)
                self.assertEqual(("wrong_interface", missing), (problem["kind"], problem["missing"]))

    def test_an_entry_that_is_not_there_is_told_with_what_is(self):
        for entry, text in (
            ("nowhere:X", "there is no module `nowhere`"),
            ("nowhere.py:X", "there is no file `nowhere.py`"),
            ("hooks:Nobody", "it has: Async, Bus, Raises, Sync"),
            ("justaword", "has not the form"),
        ):
            with self.subTest(entry):
                problem = self.problem(entry)
                self.assertEqual("entry_not_found", problem["kind"])
                self.assertIn(text, problem["message"])

    def test_a_syntax_error_has_its_place(self):
        problem = self.problem("syntax:broken")
        self.assertEqual(("syntax.py", 1), (problem["file"], problem["line"]))

    def test_a_name_that_no_shim_has_is_told_with_what_there_is(self):
        problem = self.problem("missing_name:x")
        self.assertEqual("import", problem["kind"])
        self.assertIn("`lhp.core.base_generator` has no `Engine`; it has: BaseActionGenerator", problem["message"])
        problem = self.problem("missing_module:x")
        self.assertIn(
            "'lhp.core.orchestrator': the compatibility package `lhp` has lhp.core.base", problem["message"]
        )
        problem = self.problem("hooks:Sync", kind="hook", shims=["dativo"])
        self.assertIn("add `lhp` to `runtime.shims`", problem["message"])

    def test_l_10_a_refused_environment_names_missing_packages(self):
        problem = self.problem("wrong:Environment", packages=["a-package-that-is-not-there>=1", "pip>=1"])
        self.assertEqual("environment", problem["kind"])
        self.assertEqual(["a-package-that-is-not-there"], [package["name"] for package in problem["packages"]])

    def test_required_packages_are_missing(self):
        problem = self.problem("missing_package:x", packages=["a-package-that-is-not-there>=1"])
        self.assertEqual("packages", problem["kind"])
        problem = self.problem("noisy:prints", packages=["a-package-that-is-not-there"])
        self.assertEqual("packages", problem["kind"])
        self.assertEqual("import", self.problem("missing_package:x")["kind"])

    def test_a_constructor_may_refuse(self):
        self.assertEqual("rejected", self.problem("wrong:Raises")["kind"])

    def test_another_key_in_the_class_is_a_warning(self):
        problem = self.problem("wrong:OtherKey")
        self.assertEqual(("warning", "key_differs"), (problem["severity"], problem["kind"]))

    def test_a_good_plugin_works_beside_a_broken_one(self):
        with Client() as client:
            result = client.initialize(
                plugin("bad", NOISE, ("load", "k", "syntax:x")),
                plugin("noise", NOISE, ("load", "one_argument", "noisy:one_argument")),
            )
            self.assertEqual(["bad"], [problem["plugin"] for problem in result["problems"]])
            self.assertEqual("v_orders = 1\n", generate(client, "one_argument")["body"])
            with self.assertRaises(Refused) as caught:
                generate(client, "k", plugin="bad")
            self.assertEqual("syntax.py", caught.exception.data["file"])


def event(type, seq=1, **values):
    return {
        "version": "1.0",
        "seq": seq,
        "type": type,
        "timestamp": 1700000000.0,
        "env": "prod",
        "pipeline": "bronze",
        "flowgroup": None,
        "action": None,
        "metadata": {},
        "tags": {},
        **values,
    }


class Events(unittest.TestCase):
    """Hooks of all forms."""

    @classmethod
    def setUpClass(cls):
        cls.client = Client()
        odd = ("deep", "endless", "half", "half_in_words", "number")
        names = ("Async", "Sync", "function", "one", "Raises", "bad_effect", *odd)
        entries = [("hook", name, f"hooks:{name}") for name in names] + [("hook", "Bus", "hooks:Bus")]
        cls.result = cls.client.initialize(plugin("h", NOISE, *entries, config={"channel": "#a"}))
        assert cls.result["problems"] == [], cls.result

    @classmethod
    def tearDownClass(cls):
        cls.client.__exit__(None, None, None)

    def tell(self, key, *events):
        return self.client.call("event", plugin="h", kind="hook", key=key, events=list(events))

    def test_l_14_asynchronous_handlers_run(self):
        result = self.tell("Async", event("pipeline.start"), event("flowgroup.start"), event("generation.end"))
        keys = (
            "['action', 'error', 'event', 'flowgroup', 'metadata', 'pipeline', 'seq', 'timestamp', 'type', 'version']"
        )
        self.assertEqual(
            [f"pipeline.start {keys}", f"generation.end {keys}"], [effect["message"] for effect in result["effects"]]
        )

    def test_l_14_plain_handlers_run(self):
        error = {"code": "LHP-PLG-045", "message": "out of fuel", "file": "a.yaml", "line": 9}
        told = event("pipeline.error", error=error, tags={"team": "a"}, asset_key="x")
        result = self.tell("Sync", told)
        self.assertEqual({"text": "bronze: out of fuel LHP-PLG-045 9"}, result["effects"][0]["json"])
        self.assertEqual("pipeline.error prod {'team': 'a'} {'asset_key': 'x'}", result["effects"][1]["message"])

    def test_functions_are_hooks(self):
        self.assertEqual("pipeline.start", self.tell("function", event("pipeline.start"))["effects"][0]["message"])
        result = self.tell("one", event("pipeline.start"))
        self.assertEqual("pipeline.start", result["effects"][0]["message"])
        self.assertEqual("warning", result["diagnostics"][0]["severity"])

    def test_a_failure_keeps_nobody_from_the_next_event(self):
        result = self.tell("Raises", event("pipeline.start", 1), event("pipeline.end", 2))
        self.assertEqual([("Raises", 1, "exception")], [(f["hook"], f["seq"], f["kind"]) for f in result["failures"]])
        self.assertEqual([{"kind": "fail", "message": "never"}], result["effects"])

    def test_unknown_effects_are_malformed(self):
        self.assertEqual("malformed", self.tell("bad_effect", event("pipeline.start"))["failures"][0]["kind"])

    def test_what_the_host_cannot_read_is_malformed(self):
        for key, text in (
            ("deep", "nested too deeply"),
            ("endless", "`json.n[0]` is a number of too many digits"),
            ("half", "`content` holds `\\ud800`, which is half of a character"),
            ("number", "a value of type int; it must be a list of effects"),
        ):
            with self.subTest(key):
                failure = self.tell(key, event("pipeline.start"))["failures"][0]
                self.assertEqual("malformed", failure["kind"])
                self.assertIn(text, failure["message"])
        told = self.tell("half_in_words", event("pipeline.start"))
        self.assertEqual(["\\ud800"], [effect["message"] for effect in told["effects"]])

    def test_p_11_hooks_of_the_bus_have_filters_priorities_and_policies(self):
        described = next(e for e in self.result["plugins"][0]["entries"] if e["key"] == "Bus")
        self.assertEqual(["late", "failed"], [hook["hook_name"] for hook in described["hooks"]])
        self.assertEqual("raise", described["hooks"][1]["failure_policy"])
        quality = {"asset_key": "silver.orders", "check_name": "c", "passed": False, "tags": {"team": "a"}}
        result = self.tell("Bus", event("quality.result", **quality), event("pipeline.start", 2))
        self.assertEqual("#a silver.orders c", result["failures"][0]["message"])
        self.assertEqual("raise", result["failures"][0]["failure_policy"])
        messages = [effect["message"] for effect in result["effects"]]
        self.assertEqual(["late quality.result bronze", "late pipeline.start bronze"], messages)
        self.assertEqual([], self.tell("Bus", event("quality.result", **{**quality, "tags": {}}))["failures"])

    def test_without_a_name_all_hooks_are_told_in_order(self):
        result = self.client.call("event", events=[event("pipeline.start", 5)])
        self.assertIn("bad_effect", [failure["hook"] for failure in result["failures"]])


if __name__ == "__main__":
    sys.exit(unittest.main())
