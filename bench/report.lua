-- What both scripts count of the answers, and the line that bench/shell.py reads.
acknowledged, refused = 0, 0

function response(status, _, body)
    if status == 200 then
        acknowledged = acknowledged + (tonumber(body:match('"accepted":%s*(%d+)')) or 0)
    else
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
    local kept, lost = 0, 0
    for _, thread in ipairs(threads) do
        kept = kept + thread:get("acknowledged")
        lost = lost + thread:get("refused")
    end
    local broken = summary.errors
    io.write(string.format(
        '\n{"requests": %d, "seconds": %f, "median_ms": %f, "errors": %d, "acknowledged": %d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
        lost + broken.connect + broken.read + broken.write + broken.timeout, kept
    ))
end
