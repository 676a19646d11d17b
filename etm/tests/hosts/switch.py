"""Connects network namespaces as a wide-area network would: every packet takes its time, and some get lost.

Each host has a device (TUN) whose other end is held here. Not every kernel has netem; every one has these.

Usage: switch.py DEVICE...   Commands come line by line on standard input, each is answered with `ok`:

  link DELAY_MS JITTER_MS LOSS_PERCENT   of every way, from now on
  own DEVICE ADDRESS...                  the addresses behind a device
  cut DEVICE | heal DEVICE               nothing goes in or out | everything does
  closed DEVICE                          no connection can be opened to it from outside
"""

import fcntl
import heapq
import ipaddress
import os
import random
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001
TCP = 6
SYN, ACK = 0x02, 0x10


def device(name):
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH14x", name.encode(), IFF_TUN_NO_PI))
    return file


def destination(packet):
    if packet[0] >> 4 == 4 and len(packet) >= 20:
        return packet[16:20]
    if packet[0] >> 4 == 6 and len(packet) >= 40:
        return packet[24:40]
    return None


def opens(packet):
    """Whether the packet opens a TCP connection."""
    if packet[0] >> 4 == 4:
        protocol, start = packet[9], (packet[0] & 15) * 4
    else:
        protocol, start = packet[6], 40
    if protocol != TCP or len(packet) < start + 14:
        return False
    return packet[start + 13] & (SYN | ACK) == SYN


class Switch:
    def __init__(self, names):
        self.files = {name: device(name) for name in names}
        self.owners = {}
        self.cut = set()
        self.closed = set()
        self.delay, self.jitter, self.loss = 0.0, 0.0, 0.0
        self.random = random.Random(7)
        self.waiting = []
        self.count = 0

    def command(self, words):
        what, rest = words[0], words[1:]
        if what == "link":
            self.delay, self.jitter = float(rest[0]) / 1000, float(rest[1]) / 1000
            self.loss = float(rest[2]) / 100
        elif what == "own":
            self.owners = {a: n for a, n in self.owners.items() if n != rest[0]}
            for address in rest[1:]:
                self.owners[ipaddress.ip_address(address).packed] = rest[0]
        elif what == "cut":
            self.cut.add(rest[0])
        elif what == "heal":
            self.cut.discard(rest[0])
        elif what == "closed":
            self.closed.add(rest[0])
        else:
            raise ValueError(what)

    def take(self, name, packet):
        target = self.owners.get(destination(packet))
        if target is None or name in self.cut or target in self.cut:
            return
        if target in self.closed and opens(packet):
            return
        if self.random.random() < self.loss:
            return
        due = time.monotonic() + self.delay + self.random.uniform(-self.jitter, self.jitter)
        self.count += 1
        heapq.heappush(self.waiting, (due, self.count, target, packet))

    def deliver(self):
        """Delivers what is due; says in how many seconds the next is."""
        now = time.monotonic()
        while self.waiting and self.waiting[0][0] <= now:
            _, _, target, packet = heapq.heappop(self.waiting)
            if target not in self.cut:
                try:
                    os.write(self.files[target], packet)
                except OSError:
                    pass  # the host is not up: lost, as on a real network
        return max(0.0, self.waiting[0][0] - now) if self.waiting else None

    def run(self):
        names = {file: name for name, file in self.files.items()}
        commands = b""
        while True:
            ready, _, _ = select.select([0, *names], [], [], self.deliver())
            for file in ready:
                if file == 0:
                    read = os.read(0, 4096)
                    if not read:
                        return
                    commands += read
                    while b"\n" in commands:
                        line, commands = commands.split(b"\n", 1)
                        self.command(line.decode().split())
                        print("ok", flush=True)
                else:
                    for _ in range(64):
                        try:
                            self.take(names[file], os.read(file, 65536))
                        except (BlockingIOError, OSError):
                            break


if __name__ == "__main__":
    switch = Switch(sys.argv[1:])
    print("ok", flush=True)
    switch.run()
