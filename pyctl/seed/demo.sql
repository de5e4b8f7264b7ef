-- A locksmith in Kadıköy with its people and a week of leads. Everything goes through the functions that
-- production uses. Safe to repeat: a demo site that is already there is left as it is.
do $$
declare
    v_key constant text := 'de300000000000000000000000000001';
    v_site_id uuid;
    v_owner uuid;
    v_editor uuid;
    v_lead record;
    v_number bigint := 1000;
    v_session uuid;
    v_call app.calls;
begin
    if exists (select from app.sites where sites.public_key = v_key) then
        return;
    end if;

    v_owner := access.create_user('ayse@kadikoy-cilingir.example', 'demo-ayse-2026', 'Ayşe Yılmaz (sahibi)');
    v_editor := access.create_user('mehmet@kadikoy-cilingir.example', 'demo-mehmet-2026', 'Mehmet Demir (operatör)');
    insert into app.sites (
        public_key, name, domain, allowed_origins, assumed_cpc, default_lead_value,
        undo_window, conversion_hold, adjustment_hold
    ) values (
        v_key, 'Kadıköy Çilingir', 'kadikoy-cilingir.example', array['localhost', '127.0.0.1'], 18.50, 900,
        '0', '0', '0'
    ) returning sites.id into v_site_id;
    insert into app.site_members (site_id, user_id, role) values
    (v_site_id, v_owner, 'owner'),
    (v_site_id, v_editor, 'editor'),
    (v_site_id, access.create_user('zeynep@kadikoy-cilingir.example', 'demo-zeynep-2026', 'Zeynep Kaya (muhasebe)'), 'viewer');
    insert into access.feed_credentials (user_name, site_id, secret_sha256)
    values ('kadikoy-cilingir', v_site_id, sha256('demo-feed-kadikoy'));

    for v_lead in
        select *
        from (values
            -- hours ago, visitor, landing page, referrer, tap, target, what became of it, amount, note
            (150, 'v-elif', '/?gclid=Demo-Elif-150&utm_term=çilingir+kadıköy&matchtype=e', 'https://www.google.com/', 'phone_call', 'tel:0532 111 22 33', 'seal', 1250, 'Kapı açma, Moda'),
            (131, 'v-can', '/oto-cilingir?gclid=Demo-Can-131&utm_term=oto+çilingir&matchtype=p', 'https://www.google.com.tr/', 'whatsapp', 'https://wa.me/905321112233', 'seal', 2400, 'Araç anahtarı'),
            (127, 'v-bot', '/?utm_source=google&utm_medium=organic', 'https://www.google.com/', 'phone_call', 'tel:05321112233', 'junk', null, 'Yanlış numara'),
            (104, 'v-deniz', '/celik-kapi?gbraid=Demo-Deniz-104&utm_term=çelik+kapı+kilidi', 'https://www.google.com/', 'form_submit', 'geri-arama', 'seal', 3800, 'Kilit değişimi, Bostancı'),
            (79, 'v-elif', '/', 'https://www.google.com/', 'phone_call', 'tel:+905321112233', 'junk', null, 'Fatura sordu'),
            (74, 'v-murat', '/?utm_source=instagram&utm_medium=paid_social&utm_campaign=yaz', 'https://l.instagram.com/', 'whatsapp', 'https://wa.me/905321112233', 'seal', 650, null),
            (55, 'v-selin', '/?gclid=Demo-Selin-55&utm_term=çilingir+kadıköy&matchtype=e', 'https://www.google.com/', 'phone_call', 'tel:0532 111 22 33', 'cancel', 1100, 'Müşteri vazgeçti'),
            (31, 'v-burak', '/oto-cilingir?wbraid=Demo-Burak-31&utm_term=oto+çilingir', 'https://www.google.com/', 'phone_call', 'tel:0532 111 22 33', 'seal', 1900, null),
            (26, 'v-derya', '/blog/kilit-bakimi', 'https://www.bing.com/', 'form_submit', 'geri-arama', 'open', null, null),
            (9, 'v-emre', '/?gclid=Demo-Emre-9&utm_term=çilingir+kadıköy&matchtype=b', 'https://www.google.com/', 'phone_call', 'tel:0532 111 22 33', 'open', null, null),
            (3, 'v-ipek', '/?gclid=Demo-Ipek-3&utm_term=gece+çilingir', 'https://www.google.com/', 'whatsapp', 'https://wa.me/905321112233', 'open', null, null)
        ) as lead (hours, visitor, page, referrer, tap, target, fate, amount, note)
        order by lead.hours desc
    loop
        perform set_config('request.jwt.claims', '', true);
        perform set_config('request.headers', json_build_object(
            'user-agent', 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36',
            'origin', 'https://kadikoy-cilingir.example'
        )::text, true);
        v_session := gen_random_uuid();
        perform api.sync(json_build_object(
            'k', v_key, 's', v_session, 'f', v_lead.visitor, 'v', 'seed', 'c', json_build_object('a', 1, 'm', 1),
            'p', json_build_object('u', 'https://kadikoy-cilingir.example' || v_lead.page, 'r', v_lead.referrer, 'sw', 412),
            'e', json_build_array(
                json_build_object('i', v_number, 'g', v_lead.hours * 3600000, 'c', 'page', 'a', 'page_view', 'u', v_lead.page),
                json_build_object('i', v_number + 1, 'g', v_lead.hours * 3600000 - 21000, 'c', 'interaction', 'a', 'scroll', 'v', 50, 'u', v_lead.page),
                json_build_object('i', v_number + 2, 'g', v_lead.hours * 3600000 - 48000, 'c', 'conversion', 'a', v_lead.tap, 'l', v_lead.target, 'u', v_lead.page)
            )
        )::text);
        v_number := v_number + 3;
        -- The demo's past: as if each lead had arrived when it happened.
        update app.calls set received_at = calls.tapped_at
        where calls.site_id = v_site_id and calls.session_id = v_session
        returning calls.* into strict v_call;
        perform set_config('request.jwt.claims', json_build_object(
            'iss', 'opsmantik', 'sub', v_editor, 'role', 'authenticated'
        )::text, true);
        if v_lead.fate in ('seal', 'cancel') then
            perform api.seal(v_call.id, v_lead.amount, 'TRY', 1, v_lead.note);
        end if;
        if v_lead.fate = 'cancel' then
            perform api.cancel(v_call.id, 2);
        elsif v_lead.fate = 'junk' then
            perform api.junk(v_call.id, 1, v_lead.note);
        end if;
        update app.calls set sealed_at = calls.sealed_at - v_lead.hours * interval '1 hour' + interval '35 minutes',
            judged_at = calls.judged_at - v_lead.hours * interval '1 hour' + interval '35 minutes'
        where calls.site_id = v_site_id and calls.id = v_call.id;
    end loop;
    perform set_config('request.jwt.claims', '', true);
    perform set_config('request.headers', '', true);
    perform set_config('response.status', '', true);
    perform set_config('response.headers', '', true);
end;
$$;
