(function (window, document) {
    'use strict';
    var settings = { cookie: 'reader_font', step: 1, minimum: 14, maximum: 24, delay: 250, more: '더보기', close: '닫기' };
    function byId(name) { return document.getElementById(name); }
    function each(list, run) { for (var i = 0; i < list.length; i++) { run(list[i], i); } }
    function readCookie(name) {
        var found = document.cookie.match(new RegExp('(^|;)\\s*' + name + '=([^;]*)'));
        return found ? decodeURIComponent(found[2]) : null;
    }
    function writeCookie(name, value, days) {
        var until = new Date();
        until.setTime(until.getTime() + days * 86400000);
        document.cookie = name + '=' + encodeURIComponent(value) + ';expires=' + until.toUTCString() + ';path=/';
    }
    function resize(by) {
        var size = parseInt(readCookie(settings.cookie) || '17', 10) + by * settings.step;
        size = Math.max(settings.minimum, Math.min(settings.maximum, size));
        each(document.querySelectorAll('.resizable'), function (part) { part.style.fontSize = size + 'px'; });
        writeCookie(settings.cookie, size, 30);
    }
    function share(where) {
        var targets = {
            band: 'http://band.example.test/plugin/share?body=',
            story: 'http://story.example.test/share?url=',
            mail: 'mailto:?body='
        };
        if (!targets[where]) { return false; }
        window.open(targets[where] + encodeURIComponent(window.location.href), 'share', 'width=640,height=480');
        return true;
    }
    function copyAddress() {
        var field = document.createElement('textarea');
        field.value = window.location.href;
        document.body.appendChild(field);
        field.select();
        try { document.execCommand('copy'); window.alert('주소가 복사되었습니다.'); } catch (problem) { window.alert('복사하지 못했습니다.'); }
        document.body.removeChild(field);
    }
    function tabs(box) {
        var heads = box.querySelectorAll('.tab-head a'), bodies = box.querySelectorAll('.tab-body');
        each(heads, function (head, place) {
            head.onclick = function () {
                each(bodies, function (part, other) { part.style.display = other === place ? 'block' : 'none'; });
                each(heads, function (part) { part.className = part === head ? 'on' : ''; });
                return false;
            };
        });
    }
    function roll(list) {
        var first;
        window.setInterval(function () {
            first = list.querySelector('li');
            if (first && !list.matches(':hover')) { list.appendChild(first); }
        }, 2500 + settings.delay);
    }
    function sticky() {
        var head = byId('header');
        if (!head) { return; }
        window.addEventListener('scroll', function () { head.className = window.pageYOffset > 120 ? 'fixed' : ''; });
    }
    function ready() {
        each(document.querySelectorAll('.tabs'), tabs);
        each(document.querySelectorAll('.rolling ul'), roll);
        sticky();
        resize(0);
    }
    window.paper = { resize: resize, share: share, copy: copyAddress };
    if (document.readyState !== 'loading') { ready(); } else { document.addEventListener('DOMContentLoaded', ready); }
})(window, document);
