update access.issuers set last_error = left(%(error)s, 500)
where issuers.iss = %(iss)s
