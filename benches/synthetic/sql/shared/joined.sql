SELECT
{% for column in fact_columns %}
  f.{{ column }}{{ "," if not loop.last or reference_columns }}
{% endfor %}
{% for column in reference_columns %}
  r.{{ column }} AS reference_{{ column }}{{ "," if not loop.last }}
{% endfor %}
FROM stream(v_{{ table }}_facts) AS f
LEFT JOIN v_{{ table }}_reference AS r
  ON r.{{ reference_key }} = f.{{ key }}
