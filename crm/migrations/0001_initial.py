import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import aladdin.clock
import aladdin.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("organization", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CoreEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.CharField(max_length=64, unique=True, verbose_name="事件号")),
                ("kind", models.CharField(max_length=20, verbose_name="类型")),
                ("reference", models.CharField(max_length=40, verbose_name="核心流水号")),
                (
                    "outcome",
                    models.CharField(
                        choices=[("applied", "已入账"), ("duplicate", "重复")], max_length=9, verbose_name="结果"
                    ),
                ),
                ("received_at", models.DateTimeField(default=aladdin.clock.now, verbose_name="收到时间")),
            ],
            options={
                "verbose_name": "核心系统事件",
                "verbose_name_plural": "核心系统事件",
            },
        ),
        migrations.CreateModel(
            name="UsedNonce",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("nonce", models.CharField(max_length=64, unique=True)),
                ("used_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True)),
            ],
            options={
                "verbose_name": "已用随机数",
                "verbose_name_plural": "已用随机数",
            },
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.UUIDField(default=aladdin.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("DEMAND", "活期"), ("TERM", "定期"), ("LOAN", "贷款")],
                        max_length=6,
                        verbose_name="类型",
                    ),
                ),
                (
                    "fee_frequency",
                    models.CharField(
                        blank=True,
                        choices=[("MONTHLY", "按月"), ("WEEKLY", "按周"), ("PER_TRANSACTION", "按笔")],
                        max_length=15,
                        verbose_name="收费方式",
                    ),
                ),
                ("opened_on", models.DateField(verbose_name="开户日期")),
                ("balance", models.DecimalField(decimal_places=2, default=0, max_digits=18, verbose_name="余额（元）")),
                ("balance_as_of", models.DateTimeField(blank=True, null=True, verbose_name="余额时点")),
                ("created_at", models.DateTimeField(default=aladdin.clock.now)),
                ("number_sealed", models.TextField()),
                ("number_index", models.CharField(max_length=43, unique=True)),
                ("last4", models.CharField(max_length=4, verbose_name="账号后四位")),
                ("fed_digest", models.CharField(blank=True, max_length=43)),
                (
                    "branch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.branch",
                        verbose_name="开户机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "账户",
                "verbose_name_plural": "账户",
            },
        ),
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.UUIDField(default=aladdin.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("cif_no", models.CharField(blank=True, max_length=20, null=True, unique=True, verbose_name="客户号")),
                (
                    "kind",
                    models.CharField(
                        choices=[("PERSON", "个人"), ("BUSINESS", "企业")], max_length=8, verbose_name="类型"
                    ),
                ),
                ("birth_on", models.DateField(blank=True, null=True, verbose_name="出生日期")),
                (
                    "sex",
                    models.CharField(
                        blank=True, choices=[("MALE", "男"), ("FEMALE", "女")], max_length=6, verbose_name="性别"
                    ),
                ),
                ("opened_on", models.DateField(verbose_name="开户日期")),
                (
                    "source",
                    models.CharField(
                        choices=[("FEED", "核心系统"), ("RM", "客户经理录入")], max_length=4, verbose_name="来源"
                    ),
                ),
                ("created_at", models.DateTimeField(default=aladdin.clock.now, verbose_name="建档时间")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                ("data_key_sealed", models.TextField()),
                ("name_sealed", models.TextField()),
                ("identity_no_sealed", models.TextField()),
                ("mobile_sealed", models.TextField(blank=True)),
                ("address_sealed", models.TextField(blank=True)),
                ("identity_index", models.CharField(max_length=43, unique=True)),
                ("mobile_index", models.CharField(blank=True, max_length=43)),
                (
                    "name_tokens",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                ("fed_digest", models.CharField(blank=True, max_length=43)),
                (
                    "branch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="customers",
                        to="organization.branch",
                        verbose_name="机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "客户",
                "verbose_name_plural": "客户",
            },
        ),
        migrations.CreateModel(
            name="AccountHolder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[("OWNER", "户主"), ("DISPONENT", "授权支配人")], max_length=9, verbose_name="身份"
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="holders",
                        to="crm.account",
                        verbose_name="账户",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holdings",
                        to="crm.customer",
                        verbose_name="客户",
                    ),
                ),
            ],
            options={
                "verbose_name": "账户支配人",
                "verbose_name_plural": "账户支配人",
            },
        ),
        migrations.AddField(
            model_name="account",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="accounts",
                to="crm.customer",
                verbose_name="户主",
            ),
        ),
        migrations.CreateModel(
            name="FeedFile",
            fields=[
                ("id", models.UUIDField(default=aladdin.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120, verbose_name="文件名")),
                ("kind", models.CharField(blank=True, max_length=30, verbose_name="类型")),
                ("business_date", models.DateField(null=True, verbose_name="业务日期")),
                ("sha256", models.CharField(max_length=64, unique=True, verbose_name="内容摘要")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("LOADING", "加载中"),
                            ("LOADED", "已加载"),
                            ("LOADED_WITH_REJECTS", "已加载（有拒绝行）"),
                            ("REFUSED", "整体拒绝"),
                        ],
                        default="LOADING",
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=30, verbose_name="拒绝代码")),
                ("reason_text", models.CharField(blank=True, max_length=200, verbose_name="拒绝原因")),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="行数")),
                ("loaded", models.PositiveIntegerField(default=0, verbose_name="加载")),
                ("unchanged", models.PositiveIntegerField(default=0, verbose_name="无变化")),
                ("rejected", models.PositiveIntegerField(default=0, verbose_name="拒绝")),
                ("totals", models.JSONField(default=dict, verbose_name="控制总数")),
                ("started_at", models.DateTimeField(default=aladdin.clock.now, verbose_name="开始")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="结束")),
                (
                    "loaded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="加载人",
                    ),
                ),
            ],
            options={
                "verbose_name": "核心系统文件",
                "verbose_name_plural": "核心系统文件",
            },
        ),
        migrations.CreateModel(
            name="FeedReject",
            fields=[
                ("id", models.UUIDField(default=aladdin.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("line_no", models.PositiveIntegerField(verbose_name="行号")),
                ("code", models.CharField(max_length=40, verbose_name="代码")),
                ("reason", models.CharField(max_length=200, verbose_name="原因")),
                ("line_sealed", models.TextField()),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rejects",
                        to="crm.feedfile",
                        verbose_name="文件",
                    ),
                ),
            ],
            options={
                "verbose_name": "拒绝行",
                "verbose_name_plural": "拒绝行",
                "ordering": ["line_no"],
            },
        ),
        migrations.CreateModel(
            name="Ownership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[("MANAGING", "管户"), ("CO_MANAGING", "共管")], max_length=11, verbose_name="角色"
                    ),
                ),
                ("share", models.DecimalField(decimal_places=4, max_digits=5, verbose_name="比例")),
                ("effective_from", models.DateField(verbose_name="生效日")),
                ("effective_to", models.DateField(blank=True, null=True, verbose_name="失效日（不含）")),
                ("created_at", models.DateTimeField(default=aladdin.clock.now)),
                (
                    "assigned_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ownerships",
                        to="crm.customer",
                        verbose_name="客户",
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ownerships",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="客户经理",
                    ),
                ),
            ],
            options={
                "verbose_name": "管户关系",
                "verbose_name_plural": "管户关系",
            },
        ),
        migrations.CreateModel(
            name="Reveal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "field",
                    models.CharField(
                        choices=[
                            ("name", "姓名"),
                            ("identity_no", "证件号码"),
                            ("mobile", "手机号"),
                            ("address", "地址"),
                        ],
                        max_length=11,
                        verbose_name="内容",
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="事由")),
                ("at", models.DateTimeField(default=aladdin.clock.now, verbose_name="时间")),
                ("business_date", models.DateField(default=aladdin.clock.today, verbose_name="业务日期")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reveals",
                        to="crm.customer",
                        verbose_name="客户",
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="查看人",
                    ),
                ),
            ],
            options={
                "verbose_name": "明文查看记录",
                "verbose_name_plural": "明文查看记录",
            },
        ),
        migrations.AddIndex(
            model_name="customer",
            index=django.contrib.postgres.indexes.GinIndex(fields=["name_tokens"], name="customer_by_name"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("mobile_index", ""), _negated=True),
                fields=["mobile_index"],
                name="customer_by_mobile",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["branch", "-id"], name="customers_of_branch"),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "PERSON"), models.Q(("birth_on__isnull", True), ("sex", "")), _connector="OR"
                ),
                name="only_persons_are_born",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", "RM"), ("cif_no__isnull", False), _connector="OR"),
                name="core_customers_have_a_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="accountholder",
            constraint=models.UniqueConstraint(fields=("account", "customer"), name="holder_once_an_account"),
        ),
        migrations.AddConstraint(
            model_name="accountholder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("role", "OWNER")), fields=("account",), name="one_owner_an_account"
            ),
        ),
        migrations.AddIndex(
            model_name="feedfile",
            index=models.Index(fields=["kind", "-business_date"], name="feed_files_of_a_kind"),
        ),
        migrations.AddConstraint(
            model_name="feedfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["LOADING", "REFUSED"]),
                    (
                        "rows",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("loaded"), "+", models.F("unchanged")
                            ),
                            "+",
                            models.F("rejected"),
                        ),
                    ),
                    _connector="OR",
                ),
                name="feed_file_accounts_for_every_line",
            ),
        ),
        migrations.AddConstraint(
            model_name="feedfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "REFUSED"), ("reason", ""), _connector="XOR"),
                name="feed_file_says_why_it_was_refused",
            ),
        ),
        migrations.AddConstraint(
            model_name="feedreject",
            constraint=models.UniqueConstraint(fields=("file", "line_no"), name="reject_once_a_line"),
        ),
        migrations.AddIndex(
            model_name="ownership",
            index=models.Index(fields=["staff", "customer"], name="customers_of_staff"),
        ),
        migrations.AddConstraint(
            model_name="ownership",
            constraint=models.CheckConstraint(
                condition=models.Q(("share__gte", 0), ("share__lte", 1)), name="ownership_share_is_a_fraction"
            ),
        ),
        migrations.AddConstraint(
            model_name="ownership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("effective_to__isnull", True), ("effective_to__gte", models.F("effective_from")), _connector="OR"
                ),
                name="ownership_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="ownership",
            constraint=models.UniqueConstraint(
                condition=models.Q(("effective_to__isnull", True), ("role", "MANAGING")),
                fields=("customer",),
                name="one_managing_rm",
            ),
        ),
        migrations.AddConstraint(
            model_name="ownership",
            constraint=models.UniqueConstraint(
                condition=models.Q(("effective_to__isnull", True)),
                fields=("customer", "staff"),
                name="one_open_ownership_a_person",
            ),
        ),
        migrations.AddIndex(
            model_name="reveal",
            index=models.Index(fields=["staff", "business_date"], name="reveals_of_a_day"),
        ),
    ]
