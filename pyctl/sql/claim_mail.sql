select * from ops.claim_mail()
