"""What stands on a domain that somebody else has bought, and what a wall against robots says."""

PARKED = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Golden Reef Casino - 300% Welcome Bonus</title>
<meta name="description" content="Play 900 slots and live roulette. Instant payout, no deposit bonus.">
<link rel="stylesheet" href="https://static.reef.test/app.4f1c.css"></head>
<body class="landing"><header><a href="/play">Golden Reef</a></header>
<main><h1>Spin today, collect tonight</h1>
<p>Golden Reef brings you more than nine hundred slots, live roulette and blackjack tables at any hour. New players get a bonus on the
first three deposits, and every withdrawal is paid within the hour.</p>
<p>Join over forty thousand players who trust our games. The tables are open around the clock, and our hosts speak twelve languages.</p>
<p>This site uses the domain {host}. Advertise here or make an offer for the name.</p>
<a class="cta" href="/register">Claim your bonus</a></main>
<footer>Copyright &copy; 2026 Golden Reef Ltd. Gambling can be addictive, please play responsibly. 18+</footer></body></html>
"""
CAPTCHA = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>Just a moment...</title></head>
<body><div id="challenge-form"><h1>보안 확인</h1><p>비정상적인 접근이 감지되었습니다. 자동등록방지 문자를 입력하세요.</p>
<img src="/captcha.png" alt="captcha"></div></body></html>
"""
