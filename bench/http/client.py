"""What wrk cannot do: fill the table, look at the answers, and hold many connections open."""

import argparse
import asyncio
import http.client
import json
import time

ROWS = 1000
PAGE = 20


# What a person has with everybody, however the names are written.
FIELDS = {"id", "name", "email", "age", "createdat", "updatedat"}


class Client:
    """Asks one after the other, over one connection."""

    def __init__(self, args):
        self.connection = http.client.HTTPConnection("127.0.0.1", args.port)
        self.headers = {"Content-Type": "application/json"}
        if args.token:
            self.headers["Authorization"] = f"Bearer {args.token}"

    def ask(self, status, method, path, body=None):
        """The answer, which must have this status and be JSON."""
        body = None if body is None else json.dumps(body)
        try:
            self.connection.request(method, path, body, self.headers)
            answer = self.connection.getresponse()
            text = answer.read().decode()
        except OSError as error:
            raise SystemExit(f"{method} {path}: {error}") from None
        kind = answer.headers.get_content_type()
        if answer.status != status or kind != "application/json":
            raise SystemExit(f"{method} {path}: {answer.status}, {kind}: {text}")
        return json.loads(text)


def seed(args):
    """Creates persons, and prints their ids."""
    client = Client(args)
    for number in range(ROWS):
        person = {"name": f"Person {number}", "email": f"seed.{number}@example.com", "age": 36}
        print(client.ask(201, "POST", args.path, person)["id"])


def check(args):
    """Complains unless each of the measured routes does what it is there for."""
    client = Client(args)
    client.ask(200, "GET", args.alive)
    person = {"name": "Grace Hopper", "email": "grace@example.com", "age": 85}
    created = client.ask(201, "POST", args.path, person)
    found = client.ask(200, "GET", f"{args.path}/{created['id']}")
    expect(created.items() >= person.items(), f"the person that was created: {created}")
    expect(found.items() >= person.items(), f"the person that was found: {found}")
    page = client.ask(200, "GET", args.path + args.query)
    listed = next((part for part in page.values() if isinstance(part, list)), [])
    expect(len(listed) == PAGE, f"a list of {len(listed)} persons, not {PAGE}")
    for one in [created, found, *listed]:
        fields = {name.replace("_", "").lower() for name in one}
        expect(FIELDS <= fields, f"a person without {FIELDS - fields}: {one}")


def expect(is_so, otherwise):
    if not is_so:
        raise SystemExit(otherwise)


async def ask(reader, writer, path):
    """Whether there is a 200 at the path."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    await writer.drain()
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            await reader.readexactly(int(value))
    return head.startswith(b"HTTP/1.1 200 ")


async def hold_one(args, start, times):
    """Whether a connection was answered all the time, asking every PAUSE seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", args.port)
    try:
        while time.monotonic() < start + args.secs:
            asked = time.monotonic()
            if not await ask(reader, writer, args.path):
                return False
            times.append(time.monotonic() - asked)
            await asyncio.sleep(args.pause)
        return True
    finally:
        writer.close()


async def hold(args):
    """Opens connections over a while, keeps each, and prints how many lasted and the p99 of the answers in ms."""
    start, times, tasks = time.monotonic(), [], []
    for number in range(args.connections):
        tasks.append(asyncio.create_task(hold_one(args, start, times)))
        # They come within a pause, so that they do not all ask at once.
        await asyncio.sleep(max(0, start + args.pause * number / args.connections - time.monotonic()))
    results = await asyncio.gather(*tasks, return_exceptions=True)
    held = sum(result is True for result in results)
    times.sort()
    p99 = times[len(times) * 99 // 100] * 1000 if times else 0
    print(f"held\t{held}\t{p99:.1f}")


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("seed")
    command.set_defaults(run=seed)
    command = commands.add_parser("check")
    command.set_defaults(run=check)
    command.add_argument("--alive", required=True)
    command.add_argument("--query", required=True)
    for command in commands.choices.values():
        command.add_argument("--token", default="")
    command = commands.add_parser("hold")
    command.set_defaults(run=lambda args: asyncio.run(hold(args)))
    command.add_argument("--connections", type=int, default=2000)
    command.add_argument("--secs", type=float, default=30)
    # Less than the 5 seconds after which uvicorn closes what is idle.
    command.add_argument("--pause", type=float, default=4)
    for command in commands.choices.values():
        command.add_argument("port", type=int)
        command.add_argument("path")
    args = parser.parse_args()
    args.run(args)


main()
