resource "grafana_rule_group" "traces" {
  name             = "traces"
  folder_uid       = grafana_folder.f.uid # tempo
  interval_seconds = 60

  rule {
    name      = "Errors ${var.env}"
    condition = "B"

    data {
      ref_id         = "A"
      query_type     = "traceql"
      datasource_uid = grafana_data_source.tempo.uid
      relative_time_range {
        from = 600
        to   = 0
      }
      model = jsonencode({
        refId            = "A"
        metricsQueryType = "instant"
        query            = "{ name = \"a/b\" && .path = \"c:\\\\d\" } | rate()"
        queryType        = "traceql",
        "limit" : 20
      })
    }
    data {
      ref_id         = "B"
      datasource_uid = "__expr__"
      model          = jsonencode({ expression = "A", type = "threshold" })
    }
  }

  rule {
    name = "Escaped"
    data {
      ref_id         = "A"
      datasource_uid = "known-uid"
      model          = "{\"refId\":\"A\",\"query\":\"{ .escaped = \\\"x\\\" } | rate()\"}"
    }
  }
}

resource "grafana_dashboard" "objects" {
  config_json = jsonencode(merge(local.base, {
    title = "Objects"
    templating = { list = [{ name = "x", type = "textbox", query = "" }] }
    panels = [
      for p in ["a", "b"] : {
        id      = 1
        type    = "table"
        title   = p
        targets = [{ refId = "A", datasource = { type = "tempo", uid = var.uid }, queryType = "traceql", query = "{ .object = \"$${x}\" }" },
          { refId = "B", datasource = { type = "tempo" }, query = "{ .computed = \"${p}\" }" }]
      }
    ]
  }))
}

resource "grafana_dashboard" "json" {
  config_json = <<-EOF
    {
      "title": "Heredoc",
      "panels": [
        { "id": 2, "type": "table", "targets": [
          { "refId": "A", "datasource": { "type": "tempo" }, "query": "{ .heredoc = \"$${x}\" }" },
          { "refId": "B", "datasource": { "type": "tempo" }, "query": "{ .computed = \"${var.x}\" }" } ] }
      ]
    }
  EOF
}

locals {
  query = { queryType = "traceql", query = "{ .local = 1 }" }
}
