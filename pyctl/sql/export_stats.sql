select api.export_stats(%(site)s, %(since)s, %(until)s, 'day', %(ads_only)s, %(separator)s)::text as sheet
