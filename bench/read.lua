-- wrk: the same question again and again. Arguments: path, token, body.
local question

function init(args)
    question = wrk.format("POST", args[1], {
        ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. args[2],
    }, args[3])
    refused = 0
end

function request()
    return question
end

function response(status, _, body)
    if status ~= 200 then
        refused = refused + 1
        if refused == 1 then
            io.stderr:write(status, " ", body, "\n")
        end
    end
end

local threads = {}
function setup(thread)
    threads[#threads + 1] = thread
end

function done(summary, latency)
    local lost = 0
    for _, thread in ipairs(threads) do
        lost = lost + thread:get("refused")
    end
    local broken = summary.errors
    io.write(string.format(
        '\n{"requests": %d, "seconds": %f, "median_ms": %f, "errors": %d, "acknowledged": 0}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
        lost + broken.connect + broken.read + broken.write + broken.timeout
    ))
end
