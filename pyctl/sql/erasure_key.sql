select encode(access.erasure_digest('check', '00000000-0000-0000-0000-000000000000', ''), 'hex') as key_check;
