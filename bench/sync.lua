-- wrk: batches of the tracker, as browsers send them, or the same bytes to a function that does nothing.
-- Arguments: path, events in a batch, seed, public keys of the sites.
-- A visit sends eight batches; 64 visits are under way at a time, each from an address of its own.
require "report"

local path, size, keys = "", 1, {}
local visits, turn = {}, 0
local header = {
    ["Content-Type"] = "text/plain",
    ["Origin"] = "https://bench.example",
    ["X-Proxy-Secret"] = string.rep("p", 40),
    ["X-Geo-Country"] = "TR",
    ["X-Geo-City"] = "%C4%B0stanbul",
    ["User-Agent"] = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
        .. "Chrome/126.0.0.0 Mobile Safari/537.36",
}
local page = "https://bench.example/oto-cilingir/istanbul-kadikoy?gclid=Cj0KCQjw6cHoBhDdARIsADiTTzZf9vWl2kq3mX8bR7s"
    .. "Yt1nUeLpGhJwCvB5xZaQdSfGhJkLzXcVbNm0aAqWEALw_wcB&utm_source=google&utm_medium=cpc"
    .. "&utm_campaign=tr-oto-cilingir&utm_term=oto%20%C3%A7ilingir%20kad%C4%B1k%C3%B6y&matchtype=p&network=g"
local kinds = {
    '"c":"page","a":"page_view"', '"c":"interaction","a":"scroll","v":50', '"c":"system","a":"heartbeat"',
    '"c":"interaction","a":"hover_contact","l":"tel:05321112233"', '"c":"page","a":"page_view"',
    '"c":"interaction","a":"scroll","v":90', '"c":"interaction","a":"click","l":"menu"',
    '"c":"conversion","a":"phone_call","l":"tel: 0532 111 22 33"',
}

local function hex(digits)
    local parts = {}
    for i = 1, digits / 4 do
        parts[i] = string.format("%04x", math.random(0, 65535))
    end
    return table.concat(parts)
end

function init(args)
    path, size = args[1], tonumber(args[2])
    math.randomseed(tonumber(args[3]))
    for i = 4, #args do
        keys[#keys + 1] = args[i]
    end
end

local function new_visit()
    local x = hex(32)
    return {
        sent = 0,
        key = keys[math.random(#keys)],
        id = x:sub(1, 8) .. "-" .. x:sub(9, 12) .. "-4" .. x:sub(14, 16) .. "-a" .. x:sub(18, 20) .. "-" .. x:sub(21),
        visitor = hex(32),
        address = "10." .. math.random(0, 250) .. "." .. math.random(0, 250) .. ".9",
        -- one visit in eight taps, as its last act
        taps = math.random(8) == 1,
    }
end

function request()
    turn = turn % 64 + 1
    local visit = visits[turn]
    if not visit or visit.sent == 8 then
        visit = new_visit()
        visits[turn] = visit
    end
    visit.sent = visit.sent + 1
    local events = {}
    for i = 1, size do
        local kind = (visit.sent + i - 2) % 8 + 1
        if kind == 8 and not visit.taps then
            kind = 7
        end
        events[i] = string.format(
            '{"i":%.0f,"g":%d,%s,"u":"%s"}',
            math.random(0, 2097151) * 4294967296 + math.random(0, 2147483647), (size - i) * 100, kinds[kind], page
        )
    end
    header["X-Real-IP"] = visit.address
    return wrk.format("POST", path, header, string.format(
        '{"k":"%s","s":"%s","f":"%s","v":"1.1.0","c":{"a":1,"m":1},"p":{"u":"%s","r":"https://www.google.com/",'
        .. '"sw":412,"ch":{"mobile":true,"platform":"Android"}},"e":[%s]}',
        visit.key, visit.id, visit.visitor, page, table.concat(events, ",")
    ))
end
