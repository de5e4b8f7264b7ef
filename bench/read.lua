-- wrk: the same question again and again. Arguments: path, token, body.
require "report"

local question

function init(args)
    question = wrk.format("POST", args[1], {
        ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. args[2],
    }, args[3])
end

function request()
    return question
end
