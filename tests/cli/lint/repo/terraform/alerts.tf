resource "grafana_rule_group" "shop" {
  name             = "shop"
  folder_uid       = "shop"
  interval_seconds = 60

  rule {
    name      = "Many failing calls"
    condition = "A"

    data {
      ref_id         = "A"
      datasource_uid = "tempo"

      model = jsonencode({
        refId     = "A"
        queryType = "traceql"
        query     = "{ status = \"error\" } | rate()"
      })
    }
  }
}
