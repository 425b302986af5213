"""Robots of a branch's group chats at WeCom, Feishu and DingTalk: aggregates only, never a customer's data.

    robots.say(branch=branch, title="今日业绩", text="…", reference="daily/2026-11-25")

Each platform has its own file with its way to sign, to write and to refuse."""

from notifications.robots.saying import branches_with_robots, say

__all__ = ["branches_with_robots", "say"]
