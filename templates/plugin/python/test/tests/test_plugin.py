"""What the plugin says about itself, and what it hands to its template."""

from lhp.plugin.testing import MockContext

from lhp_%key%.plugin import Generator, Plugin


def test_metadata():
    plugin = Plugin()
    assert plugin.get_metadata().name == "%id%"
    assert plugin.get_test_type() == "%key%"
    assert plugin.validate_environment()


def test_generate():
    context = MockContext(spec={"column": "ordered_at", "hours": 24}, templates={"test.py.j2": "code"})
    assert context.generate(Generator, source="shop.silver.orders", target="tst_fresh") == "code"
    [(_, values)] = context.rendered
    assert values["spec"] == {"column": "ordered_at", "hours": 24}


def test_imports():
    assert Generator().imports == ["from pyspark import pipelines as dp"]
