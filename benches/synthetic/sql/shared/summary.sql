SELECT
  {{ dimensions | join(', ') }},
  COUNT(*) AS row_count{% for name, expression in measures | dictsort %},
  {{ expression }} AS {{ name }}{% endfor %}

FROM v_{{ table }}_source
GROUP BY {{ dimensions | join(', ') }}
