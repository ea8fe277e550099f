{# The key first, then the other columns. #}
SELECT
  {{ keys | join(', ') }}
{% for column in columns if column.name not in keys %}
  , {% if trimmed and column.type == 'STRING' %}trim({{ column.name }}) AS {{ column.name }}{% else %}{{ column.name }}{% endif %}

{% endfor %}
FROM stream(v_{{ table }}_source)
WHERE {% for key in keys %}{{ key }} IS NOT NULL{{ " AND " if not loop.last }}{% endfor %}

