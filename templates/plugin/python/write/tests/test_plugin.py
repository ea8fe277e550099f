"""What the plugin says about itself, and what it hands to its template."""

from lhp.plugin.testing import MockContext

from lhp_%key%.plugin import Generator, Plugin


def test_metadata():
    plugin = Plugin()
    assert plugin.get_metadata().name == "%id%"
    assert plugin.get_write_type() == "%key%"
    assert plugin.validate_environment()


def test_generate():
    context = MockContext(spec={"name": "orders_export", "path": "/out"}, templates={"write.py.j2": "code"})
    assert context.generate(Generator, source="v_orders") == "code"
    [(_, values)] = context.rendered
    assert values["spec"] == {"name": "orders_export", "path": "/out"}


def test_imports():
    assert Generator().imports == ["from pyspark import pipelines as dp"]
