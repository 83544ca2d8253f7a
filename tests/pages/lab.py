"""What a test reads on the Lab's page."""

import json

ME = "the-student-of-this-test"


LAB = "pages/1_Lab.py"


def texts(lab):
    blocks = [*lab.markdown, *lab.caption, *lab.header, *lab.warning, *lab.error]
    found = " ".join([text.value for text in blocks] + [html.proto.body for html in lab.get("html")])
    return found.replace("\N{NO-BREAK SPACE}", " ")


def address(lab):
    """The address as a browser would show it: AppTest gives back some values as lists."""
    return {name: value if isinstance(value, str) else value[0] for name, value in lab.query_params.items()}


def charts(lab):
    return [json.loads(chart.proto.spec) for chart in lab.get("plotly_chart")]
