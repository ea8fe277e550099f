"""What the plugin says about itself, and what it hands to its template."""

from lhp.plugin.testing import MockContext

from lhp_%key%.plugin import Generator, Plugin


def test_metadata():
    plugin = Plugin()
    assert plugin.get_metadata().name == "%id%"
    assert plugin.get_source_type() == "%key%"
    assert plugin.validate_environment()


def test_generate():
    context = MockContext(spec={"path": "/in"}, templates={"load.py.j2": "code"})
    assert context.generate(Generator, source={"type": "%key%", "path": "/in"}, target="v_orders") == "code"
    [(_, values)] = context.rendered
    assert values["spec"] == {"path": "/in"}


def test_imports():
    assert Generator().imports == ["from pyspark import pipelines as dp"]
