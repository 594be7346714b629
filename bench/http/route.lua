-- What wrk asks for: one of the routes, or all of them in turn, and what it prints at the end.
--
-- Arguments: the route (alive, find, list, create or mixed), the path of liveness, that of the persons, the query of a
-- list, a file with an id on each line, what e-mail addresses begin with, and a bearer token or nothing.

local alive, list, persons, prefix, next_request
local finds, headers = {}, { ["Content-Type"] = "application/json" }
local count = 0

-- What does not change is written once: the client is not to be busier than whom it asks.
local routes = {
    alive = function()
        return alive
    end,
    find = function()
        return finds[count % #finds + 1]
    end,
    list = function()
        return list
    end,
    create = function()
        local body = string.format('{"name":"Ada Lovelace","email":"%s.%d@example.com","age":36}', prefix, count)
        return wrk.format("POST", persons, headers, body)
    end,
}

-- Mostly reads, as most services have them.
local turns = { "find", "find", "list", "find", "alive", "find", "find", "list", "find", "create" }

function routes.mixed()
    return routes[turns[count % #turns + 1]]()
end

function init(args)
    alive = wrk.format("GET", args[2])
    persons = args[3]
    list = wrk.format("GET", persons .. args[4])
    for id in io.lines(args[5]) do
        finds[#finds + 1] = wrk.format("GET", persons .. "/" .. id)
    end
    prefix = args[6]
    if args[7] and args[7] ~= "" then
        headers["Authorization"] = "Bearer " .. args[7]
    end
    next_request = routes[args[1]]
end

function request()
    count = count + 1
    return next_request()
end

-- Requests per second that were answered well, p50 and p99 in milliseconds, and how many were not. An error is quickly
-- answered, so it must not count as one of the others; that what is no error is a 2xx, client.py has seen.
function done(summary, latency)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.timeout + errors.status
    local per_second = (summary.requests - errors.status) / summary.duration * 1e6
    local p50, p99 = latency:percentile(50) / 1000, latency:percentile(99) / 1000
    io.write(string.format("measured\t%.0f\t%.2f\t%.2f\t%d\n", per_second, p50, p99, failed))
end
