-- Doormat for Wireshark and tshark, 4.0 and later: every field of an envelope and
-- of a key bundle by name, and the text of those whose session key is known.
--
--   tshark -X lua_script:wireshark/doormat.lua -r escrow.pcapng
--   tshark -X lua_script:wireshark/doormat.lua -r escrow.pcapng \
--          -o doormat.keylog:escrow.keys -Y doormat.text -T fields -e doormat.sender -e doormat.text
--
-- With `-X lua_script1:summary` tshark says at the end what became of the messages.
--
-- To have it always, copy it into the personal Lua plugins folder (Help, About Wireshark,
-- Folders). `spec §n` is docs/spec.md of doormat. The primitives come first because Lua reads
-- from the top; the rest can be read without them. Nothing here is constant-time: it opens
-- recordings, after the fact, with keys that have leaked already.

---------------------------------------------------------------------------
-- 1  Primitives: SHA-256, HMAC, HKDF, ChaCha20-Poly1305
---------------------------------------------------------------------------

-- Wireshark 4.0 brings Lua 5.2, whose numbers are doubles and whose bit operations
-- are libraries; 4.4 brings Lua 5.4, which has operators that a 5.2 parser refuses,
-- so they stand in a string. Words may come back signed (`bit`) or, in between,
-- wider than 32 bits; `% WORD` brings them home wherever that matters.
local WORD = 0x100000000
local native = load([[return {
    bxor = function(a, b, c) return a ~ b ~ (c or 0) end,
    band = function(a, b) return a & b end,
    rshift = function(a, n) return (a & 0xffffffff) >> n end,
    rol = function(a, n) a = a & 0xffffffff return (a << n | a >> 32 - n) & 0xffffffff end,
    ror = function(a, n) a = a & 0xffffffff return (a >> n | a << 32 - n) & 0xffffffff end,
}]])
local bits = native and native() or bit32 or bit
local xor, band, shr = bits.bxor, bits.band, bits.rshift
local rol, ror = bits.rol or bits.lrotate, bits.ror or bits.rrotate
local floor, char, unpack = math.floor, string.char, table.unpack

-- A word as four bytes, most significant first; and least significant first.
local function be32(n)
    return char(floor(n / 0x1000000) % 256, floor(n / 0x10000) % 256, floor(n / 0x100) % 256, n % 256)
end
local function le32(n) return be32(n):reverse() end

-- The words of `s`, least significant byte first.
local function words(s)
    local list = {}
    for at = 1, #s, 4 do
        local a, b, c, d = s:byte(at, at + 3)
        list[#list + 1] = a + b * 0x100 + c * 0x10000 + d * 0x1000000
    end
    return list
end

-- SHA-256's constants are not arbitrary: they are the first 32 bits after the point of the
-- square roots of the first 8 primes and the cube roots of the first 64 (FIPS 180-4 §4.2.2).
local ROOTS2, ROOTS3 = {}, {}
for n = 2, 311 do
    local prime = true
    for divisor = 2, n - 1 do prime = prime and n % divisor > 0 end
    if prime then
        if #ROOTS2 < 8 then ROOTS2[#ROOTS2 + 1] = floor(n ^ (1 / 2) % 1 * WORD) end
        ROOTS3[#ROOTS3 + 1] = floor(n ^ (1 / 3) % 1 * WORD)
    end
end

local function sha256(s)
    s = s .. "\128" .. ("\0"):rep((55 - #s) % 64 + 4) .. be32(#s * 8)
    local h, w = { unpack(ROOTS2) }, {}
    for block = 1, #s, 64 do
        for i = 1, 16 do
            local p, q, r, t = s:byte(block + 4 * i - 4, block + 4 * i - 1)
            w[i] = p * 0x1000000 + q * 0x10000 + r * 0x100 + t
        end
        for i = 17, 64 do
            local p, q = w[i - 15], w[i - 2]
            w[i] = (w[i - 16] + xor(ror(p, 7), ror(p, 18), shr(p, 3))
                + w[i - 7] + xor(ror(q, 17), ror(q, 19), shr(q, 10))) % WORD
        end
        local a, b, c, d, e, f, g, z = unpack(h)
        for i = 1, 64 do
            -- Ch and Maj are written shorter than in FIPS 180-4 §4.1.2; their values are the same.
            local t = z + xor(ror(e, 6), ror(e, 11), ror(e, 25)) + xor(g, band(e, xor(f, g))) + ROOTS3[i] + w[i]
            local u = xor(ror(a, 2), ror(a, 13), ror(a, 22)) + xor(b, band(xor(a, b), xor(b, c)))
            a, b, c, d, e, f, g, z = (t + u) % WORD, a, b, c, (d + t) % WORD, e, f, g
        end
        for i, v in ipairs({ a, b, c, d, e, f, g, z }) do h[i] = (h[i] + v) % WORD end
    end
    for i = 1, 8 do h[i] = be32(h[i]) end
    return table.concat(h)
end

-- RFC 2104, for keys of 32 bytes: spec §4 has no others.
local function hmac(key, input)
    local function pad(value)
        return (key .. ("\0"):rep(32)):gsub(".", function(byte) return char(xor(byte:byte(), value)) end)
    end
    return sha256(pad(0x5c) .. sha256(pad(0x36) .. input))
end

-- HKDF-Expand to 32 bytes is one block of SHA-256: T(1) (RFC 5869 §2.3).
local function expand32(key, info) return hmac(key, info .. "\1") end

-- One block of ChaCha20 as 16 words (RFC 8439 §2.3). The nonce is zero: spec §7.2.
local QUARTERS = {
    { 1, 5, 9, 13 }, { 2, 6, 10, 14 }, { 3, 7, 11, 15 }, { 4, 8, 12, 16 }, -- columns
    { 1, 6, 11, 16 }, { 2, 7, 12, 13 }, { 3, 8, 9, 14 }, { 4, 5, 10, 15 }, -- diagonals
}
local function chacha20_block(key, counter)
    local start = words("expand 32-byte k" .. key .. le32(counter) .. ("\0"):rep(12))
    local x = { unpack(start) }
    for _ = 1, 10 do
        for _, at in ipairs(QUARTERS) do
            local a, b, c, d = x[at[1]], x[at[2]], x[at[3]], x[at[4]]
            a = a + b; d = rol(xor(d, a), 16)
            c = c + d; b = rol(xor(b, c), 12)
            a = a + b; d = rol(xor(d, a), 8)
            c = c + d; b = rol(xor(b, c), 7)
            x[at[1]], x[at[2]], x[at[3]], x[at[4]] = a, b, c, d -- sums stay below 2^40
        end
    end
    for i = 1, 16 do x[i] = (x[i] + start[i]) % WORD end
    return x
end

local function chacha20(key, counter, input)
    local output = {}
    for at = 1, #input, 64 do
        local stream = chacha20_block(key, counter + floor(at / 64))
        local block = input:sub(at, at + 63)
        for i, word in ipairs(words(block .. ("\0"):rep(-#block % 4))) do
            output[#output + 1] = le32(xor(word, stream[i]) % WORD)
        end
    end
    return table.concat(output):sub(1, #input)
end

-- Poly1305 (RFC 8439 §2.5) of whole blocks of 16 bytes: the AEAD feeds it no others.
-- Numbers are nine limbs of 16 bits. Modulo p = 2^130 - 5 whatever leaves at the top, by
-- 2^144, is worth 5 * 2^14 = 81920; r[-9..-1] holds those multiples of r[0..8]. Products
-- are below 2^17 * 2^16 * 81920 and sums of nine below 2^53: exact in a double.
local function limb(s, i)
    local low, high = s:byte(2 * i + 1, 2 * i + 2)
    return low + 256 * high
end

local function fold(h)
    for _ = 1, 2 do -- the second time for what the first put back at the bottom
        local carry = 0
        for i = 0, 8 do
            local value, size = h[i] + carry, i < 8 and 65536 or 4 -- 8 * 16 + 2 = 130 bits
            h[i], carry = value % size, floor(value / size)
        end
        h[0] = h[0] + 5 * carry
    end
end

local function poly1305(key, data)
    local r, h = { [8] = 0, [-1] = 0 }, { [0] = 0, 0, 0, 0, 0, 0, 0, 0, 0 }
    for i = 0, 7 do -- clamped: RFC 8439 §2.5
        r[i] = band(limb(key, i), i % 2 == 1 and 0x0fff or i > 0 and 0xfffc or 0xffff)
        r[i - 9] = 81920 * r[i]
    end
    for block = 0, #data / 16 - 1 do
        for i = 0, 7 do h[i] = h[i] + limb(data, 8 * block + i) end
        h[8] = h[8] + 1
        local product = {}
        for i = 0, 8 do
            local sum = 0
            for j = 0, 8 do sum = sum + h[j] * r[i - j] end
            product[i] = sum
        end
        fold(product)
        h = product
    end
    -- h may still be p or a little more. With 5 added exactly those values fold over 2^130;
    -- either way the 5 comes off again while the key's second half is added, modulo 2^128.
    h[0] = h[0] + 5
    fold(h)
    local tag, carry = {}, -5
    for i = 0, 7 do
        local value = h[i] + limb(key, 8 + i) + carry
        carry = floor(value / 65536)
        tag[#tag + 1] = char(value % 256, floor(value / 256) % 256)
    end
    return table.concat(tag)
end

-- Open(key, 0^12, aad, ciphertext || tag) of spec §1 (RFC 8439 §2.8); nil if the tag is wrong.
local function open(key, aad, ciphertext, tag)
    local function pad(s) return s .. ("\0"):rep(-#s % 16) end
    local lengths = le32(#aad) .. "\0\0\0\0" .. le32(#ciphertext) .. "\0\0\0\0"
    local one_time_key = chacha20(key, 0, ("\0"):rep(32))
    if poly1305(one_time_key, pad(aad) .. pad(ciphertext) .. lengths) == tag then
        return chacha20(key, 1, ciphertext)
    end
end

---------------------------------------------------------------------------
-- 2  Fields: the names that `doormat inspect` prints, with `doormat.` before them
---------------------------------------------------------------------------

local doormat = Proto("doormat", "Doormat, key escrow against end-to-end encryption")
local MODES, SCHEDULES = { "e2e", "escrow" }, { "ratchet", "static" }
local KINDS, PRESENT = { "envelope", "key bundle", "registration" }, { [0] = "no", "yes" }

local fields = {}
local function field(kind, name, title, ...)
    fields[name] = ProtoField[kind]("doormat." .. name, title, ...)
end
field("uint8", "version", "Version")
field("uint8", "kind", "Kind", base.DEC, KINDS)
-- Envelopes, spec §7.1.
field("uint8", "mode", "Mode", base.DEC, MODES, 0, "Who else gets the session key: 1 nobody, 2 an authority")
field("uint8", "schedule", "Schedule", base.DEC, SCHEDULES, 0, "How session keys come and go")
field("bytes", "session", "Session", base.NONE, "Random name of the session; links its messages")
field("string", "sender", "Sender")
field("string", "recipient", "Recipient")
field("none", "opening", "Opening", "The handshake, repeated until the recipient answers")
field("uint8", "opening.present", "Opening present", base.DEC, PRESENT)
field("bytes", "opening.initiator.agreement", "Initiator's agreement key", base.NONE, "Long-term X25519 key")
field("bytes", "opening.initiator.signing", "Initiator's signing key", base.NONE, "Long-term Ed25519 key")
field("bytes", "opening.ephemeral", "Ephemeral key", base.NONE, "X25519 key drawn for this handshake alone")
field("uint32", "opening.signed_prekey", "Signed prekey used")
field("uint8", "opening.one_time_prekey.present", "One-time prekey present", base.DEC, PRESENT)
field("uint32", "opening.one_time_prekey", "One-time prekey used up")
field("bytes", "ratchet_public", "Ratchet public key", base.NONE, "The sender's X25519 key of this run of messages")
field("uint32", "previous", "Length of the run before")
field("uint32", "number", "Number in the run")
field("uint16", "access.length", "Access fields, bytes")
field("none", "access", "Access field", "The session key, sealed to an authority")
field("bytes", "access.authority", "Authority", base.NONE, "Whose escrow key opens the next two fields")
field("bytes", "access.encapsulated", "Encapsulated key", base.NONE, "HPKE, an ephemeral X25519 key")
field("bytes", "access.sealed", "Sealed session key", base.NONE, "Whoever holds the escrow key reads it, and the run")
field("uint24", "ciphertext.length", "Ciphertext and tag, bytes")
field("bytes", "ciphertext", "Ciphertext", base.NONE, "The text, sealed under the message key")
field("bytes", "tag", "Tag", base.NONE, "Poly1305 over header and ciphertext")
-- Key bundles, spec §5.1.
field("string", "owner", "Owner")
field("bytes", "identity.agreement", "Identity, agreement key", base.NONE, "Long-term X25519 key")
field("bytes", "identity.signing", "Identity, signing key", base.NONE, "Long-term Ed25519 key")
field("uint32", "signed_prekey.id", "Signed prekey, id")
field("bytes", "signed_prekey.public", "Signed prekey")
field("bytes", "signed_prekey.signature", "Signed prekey, signature")
field("uint8", "one_time_prekey.present", "One-time prekey present", base.DEC, PRESENT)
field("uint32", "one_time_prekey.id", "One-time prekey, id")
field("bytes", "one_time_prekey.public", "One-time prekey")
-- Registrations, spec §5.4.
field("bytes", "nonce", "Nonce", base.NONE, "Drawn before the device's keys, from the same generator")
-- What no wire carries: the result of the key log.
field("bool", "opened", "Opened with a logged key")
field("string", "opened_by", "Opened by", "Whose key gave the session key")
field("string", "text", "Text")
doormat.fields = fields

local malformed = ProtoExpert.new("doormat.malformed", "Malformed", expert.group.MALFORMED, expert.severity.ERROR)
local unopened = ProtoExpert.new("doormat.unopened", "A session key is logged for this run, but does not open it",
    expert.group.DECRYPTION, expert.severity.WARN)
doormat.experts = { malformed, unopened }

doormat.prefs.keylog = Pref.string("Key log", "", "Path of a file of session keys: a line for each run, "
    .. "doormat-session-key SESSION SENDER RATCHET_PUBLIC SESSION_KEY OPENED_BY")
doormat.prefs.steps = Pref.uint("Steps along a chain", 8192, "How far a chain of keys is walked to one message; "
    .. "8192 take some 3 s. Steps to messages that then do not open count against it.")
doormat.prefs.port = Pref.uint("Relay's TCP port", 7000, "Where WebSocket traffic is doormat's; 0 for nowhere")

---------------------------------------------------------------------------
-- 3  Key log
---------------------------------------------------------------------------

-- session || sender || ratchet_public, which name a run (spec §13), to what is known of it.
local runs = {}
local wasted = 0 -- steps along chains to messages that then did not open

local function unhex(hex)
    return (hex:gsub("..", function(pair) return char(tonumber(pair, 16)) end))
end

local said -- once, though Wireshark initialises more often than a capture is opened
local function complain(problem)
    if problem ~= said then report_failure("doormat: " .. problem) end
    said = problem
end

-- Called when a capture is opened or gone through anew, so that a new key log counts.
function doormat.init()
    runs, wasted = {}, 0
    local path = doormat.prefs.keylog
    if path == "" then return end
    local file, problem = io.open(path)
    local text = file and file:read("*a")
    if file then file:close() end
    if not text then return complain("the key log cannot be read: " .. (problem or path)) end
    if text:find("^\255\254") or text:find("^\254\255") or text:find("^[^\0]\0") or text:find("^\0[^\0]") then
        return complain(path .. " is UTF-16 text; save it as UTF-8 (iconv -f UTF-16 -t UTF-8)")
    end
    text = text:gsub("^\239\187\191", "") -- a byte order mark
    local number, bad = 0, nil
    for line in text:gmatch("([^\r\n]*)\r?\n?") do
        number = number + 1
        local session, sender, public, key, holder =
            line:match("^doormat%-session%-key (%x+) ([a-z0-9-]+) (%x+) (%x+) ([!-~]+)$")
        if session and #session == 64 and #public == 64 and #key == 64 then
            runs[unhex(session) .. sender .. unhex(public)] = { key = unhex(key), holder = holder, opened = {} }
        elseif line:find("^%s*[^#%s]") then
            bad = bad or number
        end
    end
    if bad then complain(("%s, line %d is no session key; such lines are passed over"):format(path, bad)) end
end

-- The key of a message (spec §6.2, §6.3), or nil and why there is none; and how many steps
-- it took. A chain only goes forward, so the place reached is kept, and a checkpoint every
-- 64 steps for messages that are looked at out of order. Each step is two SHA-256 in Lua,
-- some 0.3 ms: a number that somebody forged must not cost minutes, nor many of them.
local LONGEST_RUN = 1048576 -- spec §6.4
local STRIDE = 64
local function message_key(run, schedule, number)
    if SCHEDULES[schedule] == "static" then
        return expand32(run.key, "doormat v1 message" .. be32(number)), nil, 0
    end
    if number >= LONGEST_RUN then
        return nil, ("number %d is beyond the longest run, %d messages"):format(number, LONGEST_RUN), 0
    end
    if not run.checkpoints then
        run.chain, run.at = expand32(run.key, "doormat v1 chain"), 0
        run.checkpoints = { [0] = run.chain }
    end
    local chain, at = run.chain, run.at
    if number < at then
        at = number - number % STRIDE
        chain = run.checkpoints[at]
    end
    local steps, most = number - at, doormat.prefs.steps
    if steps > STRIDE and steps > most - wasted then
        local why = "not looked at: message %d is %d steps from the nearest one reached, and %d are walked"
        if wasted > 0 then why = why .. (", less %d to messages that did not open"):format(wasted) end
        return nil, (why .. " (preference doormat.steps)"):format(number, steps, most), 0
    end
    while at < number do
        chain, at = hmac(chain, "\2"), at + 1
        if at % STRIDE == 0 then run.checkpoints[at] = chain end
    end
    if at > run.at then run.chain, run.at = chain, at end
    return hmac(chain, "\1"), nil, steps
end

-- Opens an envelope with its run's logged key: the text, or nil and why not.
-- Wireshark asks again at every click and filter, so the answer is kept.
local function text_of(e, run)
    local answer = run.opened[e.bytes]
    if not answer then
        local key, why, steps = message_key(run, e.schedule, e.number)
        local text = key and open(key, e.header, e.ciphertext, e.tag)
        if not text then wasted = wasted + steps end
        answer = { text = text,
            why = why or "the session key logged for this run, by " .. run.holder .. ", does not open it" }
        run.opened[e.bytes] = answer
    end
    return answer.text, answer.why
end

---------------------------------------------------------------------------
-- 4  Dissector
---------------------------------------------------------------------------

-- What became of each message, counted when it is looked at first; and all frames.
local counted = { opened = 0, shut = 0, unlogged = 0, bundle = 0, registration = 0, malformed = 0, frames = 0 }

local function note(pinfo, what)
    if not pinfo.visited then counted[what] = counted[what] + 1 end
end

local function summary()
    local c = counted
    return ("doormat: %d frames; %d envelopes: %d opened, %d that their logged key does not open, "
        .. "%d without a logged key; %d key bundles; %d malformed"):format(c.frames,
        c.opened + c.shut + c.unlogged, c.opened, c.shut, c.unlogged, c.bundle, c.malformed)
        .. (c.registration > 0 and ("; %d registrations"):format(c.registration) or "")
end

if ... == "summary" then
    local frames = Listener.new("frame")
    function frames.packet() counted.frames = counted.frames + 1 end
    function frames.draw() print(summary()) end
end

-- Ends the dissection of these bytes: caught by `doormat.dissector`, which shows why.
local function refuse(why, ...)
    error({ refused = why:format(...) }, 0)
end

-- `r` is a place in the bytes. `need` checks that so many follow; `take` shows them as a
-- field and moves on. Every read goes through `need`.
local function left(r) return r.tvb:len() - r.at end

local function need(r, name, length)
    if length > left(r) then refuse("truncated: %s needs %d bytes, %d are left", name, length, left(r)) end
    return r.tvb(r.at, length)
end

local function take(r, tree, name, length, ...)
    local range = need(r, name, length)
    r.at = r.at + length
    return range, tree:add(fields[name], range, ...)
end

local function take_uint(r, tree, name, length)
    return take(r, tree, name, length):uint()
end

-- A byte that has to be one of the values in a list; and optional<T>'s (spec §2.1).
local function take_choice(r, tree, name, values)
    local value = take_uint(r, tree, name, 1)
    if not values[value] then refuse("%s %d is unknown", name, value) end
    return value
end

local function present(r, tree, name)
    return take_choice(r, tree, name .. ".present", PRESENT) == 1
end

-- spec §2.2. The bytes shown are the length and the name, as `doormat inspect` has them.
local function take_name(r, tree, name)
    local length = need(r, name, 1):uint()
    if length < 1 or length > 32 then refuse("%s of %d bytes; a name has 1 to 32", name, length) end
    local text = need(r, name, 1 + length):raw(1)
    if text:find("[^a-z0-9-]") then refuse("%s has a byte that is none of a-z, 0-9 and -", name) end
    take(r, tree, name, 1 + length, text)
    return text
end

-- spec §5.3
local function dissect_opening(r, tree)
    if not present(r, tree, "opening") then return end
    local from = r.at
    local _, item = take(r, tree, "opening", 0)
    take(r, item, "opening.initiator.agreement", 32)
    take(r, item, "opening.initiator.signing", 32)
    take(r, item, "opening.ephemeral", 32)
    take(r, item, "opening.signed_prekey", 4)
    if present(r, item, "opening.one_time_prekey") then
        take(r, item, "opening.one_time_prekey", 4)
    end
    item:set_len(r.at - from)
end

-- spec §8.2
local function dissect_access(r, tree)
    local length = take_uint(r, tree, "access.length", 2)
    if length % 88 > 0 then refuse("access fields of %d bytes; each has 88", length) end
    if length > 16 * 88 then refuse("%d access fields; an envelope has at most 16", length / 88) end
    need(r, "access", length)
    for i = 0, length / 88 - 1 do
        local _, item = take(r, tree, "access", 0)
        item:set_len(88)
        item:append_text((" %d"):format(i))
        take(r, item, "access.authority", 8)
        take(r, item, "access.encapsulated", 32)
        take(r, item, "access.sealed", 48)
    end
end

-- What no wire carries. The text is a tab of bytes of its own.
local function show_text(r, tree, e, run)
    local text, why
    if run then text, why = text_of(e, run) end
    note(r.pinfo, text and "opened" or run and "shut" or "unlogged")
    tree:add(fields.opened, text ~= nil):set_generated()
    if text then
        tree:add(fields.opened_by, run.holder):set_generated()
        local range = text ~= "" and ByteArray.new(text, true):tvb("Text")() or r.tvb(r.at - 16, 0)
        tree:add_packet_field(fields.text, range, ENC_UTF_8)
    elseif run then
        tree:add_proto_expert_info(unopened, why)
    end
end

-- spec §7.1
local function dissect_envelope(r, tree)
    local e = { bytes = r.tvb:raw() }
    local mode = take_choice(r, tree, "mode", MODES)
    e.schedule = take_choice(r, tree, "schedule", SCHEDULES)
    local session = take(r, tree, "session", 32):raw()
    local sender, recipient = take_name(r, tree, "sender"), take_name(r, tree, "recipient")
    dissect_opening(r, tree)
    local public = take(r, tree, "ratchet_public", 32):raw()
    take(r, tree, "previous", 4)
    e.number = take_uint(r, tree, "number", 4)
    dissect_access(r, tree)
    e.header = r.tvb:raw(0, r.at) -- what the tag covers beside the ciphertext: spec §7.2
    local length = take_uint(r, tree, "ciphertext.length", 3)
    if length < 16 then refuse("ciphertext of %d bytes; its tag alone has 16", length) end
    if length > 65552 then refuse("ciphertext of %d bytes; the limit is 65552", length) end
    if length ~= left(r) then refuse("ciphertext of %d bytes announced, %d are left", length, left(r)) end
    e.ciphertext = take(r, tree, "ciphertext", length - 16):raw()
    e.tag = take(r, tree, "tag", 16):raw()
    show_text(r, tree, e, runs[session .. sender .. public])
    return ("%s %s %s → %s #%d, %d bytes"):format(
        MODES[mode], SCHEDULES[e.schedule], sender, recipient, e.number, length - 16)
end

-- spec §5.1. The signature is shown, not checked.
local function dissect_bundle(r, tree)
    local owner = take_name(r, tree, "owner")
    take(r, tree, "identity.agreement", 32)
    take(r, tree, "identity.signing", 32)
    take(r, tree, "signed_prekey.id", 4)
    take(r, tree, "signed_prekey.public", 32)
    take(r, tree, "signed_prekey.signature", 64)
    if present(r, tree, "one_time_prekey") then
        take(r, tree, "one_time_prekey.id", 4)
        take(r, tree, "one_time_prekey.public", 32)
    end
    if left(r) > 0 then refuse("%d bytes too many", left(r)) end
    note(r.pinfo, "bundle")
    return "key bundle of " .. owner
end

-- spec §5.4
local function dissect_registration(r, tree)
    local owner = take_name(r, tree, "owner")
    take(r, tree, "nonce", 32)
    if left(r) > 0 then refuse("%d bytes too many", left(r)) end
    note(r.pinfo, "registration")
    return "registration of " .. owner
end

local DISSECT = { dissect_envelope, dissect_bundle, dissect_registration }

local function dissect(r, tree)
    local version = take_uint(r, tree, "version", 1)
    if version ~= 1 then refuse("version %d is unknown", version) end
    local kind = take_choice(r, tree, "kind", KINDS)
    return DISSECT[kind](r, tree)
end

function doormat.dissector(tvb, pinfo, tree)
    -- A recording has no ports (spec §10.2); a relay's WebSocket messages have. There, text
    -- messages are JSON and come here too: Wireshark gives a subprotocol all its messages.
    local relayed = pinfo.dst_port ~= 0
    if relayed and tvb:len() > 0 and tvb:raw(0, 1) == "{" then
        return Dissector.get("json"):call(tvb, pinfo, tree)
    end
    pinfo.cols.protocol = "doormat"
    local item = tree:add(doormat, tvb())
    local ok, result = pcall(dissect, { tvb = tvb, at = 0, pinfo = pinfo }, item)
    if not ok then
        if type(result) ~= "table" then error(result, 0) end -- a fault of this file
        note(pinfo, "malformed")
        item:add_proto_expert_info(malformed, result.refused)
        result = "malformed: " .. result.refused
    end
    item:append_text(": " .. result)
    if relayed then -- one frame may carry several messages
        pinfo.cols.info:append(" " .. result .. "  ")
        pinfo.cols.info:fence()
    else
        pinfo.cols.info = result
    end
    return tvb:len()
end

-- Recordings name their dissector (spec §10.2), and that is all they need. Relayed traffic
-- is found by its subprotocol or, where none was agreed, by its port; and that port has to
-- be HTTP's first, like port 80, or Wireshark takes 7000 for Gryphon and finds no WebSocket.
-- A table that a version of Wireshark does not have is not missed.
local function bind(method, name, pattern, dissector)
    pcall(function()
        local found = DissectorTable.get(name)
        found[method](found, pattern, dissector or found:get_dissector(80))
    end)
end
bind("add", "ws.protocol", "doormat.v1", doormat)

local port = 0
local function rebind(method)
    if port == 0 then return end
    bind(method, "ws.port", port, doormat)
    bind(method, "tcp.port", port)
end
local function listen()
    rebind("remove")
    port = doormat.prefs.port
    rebind("add")
end
doormat.prefs_changed = listen
listen()
