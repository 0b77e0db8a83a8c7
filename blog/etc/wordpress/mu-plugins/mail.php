<?php
/**
 * Plugin Name: QLines mail
 * Description: Sends mail through the server of QLINES_SMTP_URL; without one, logs what was not sent.
 */

add_filter('wp_mail_from', fn ($from) => str_starts_with($from, 'wordpress@') ? QLINES_MAIL_FROM : $from);

if (defined('QLINES_SMTP_HOST')) {
    add_action('phpmailer_init', function ($mailer) {
        $mailer->isSMTP();
        $mailer->Host = QLINES_SMTP_HOST;
        $mailer->Port = QLINES_SMTP_PORT;
        // Without "ssl" PHPMailer uses STARTTLS where the server offers it.
        $mailer->SMTPSecure = QLINES_SMTP_IS_TLS ? 'ssl' : '';
        $mailer->SMTPAuth = QLINES_SMTP_USER !== '';
        $mailer->Username = QLINES_SMTP_USER;
        $mailer->Password = QLINES_SMTP_PASSWORD;
        // Seconds: a visitor's page is waiting.
        $mailer->Timeout = 10;
    });
    add_action('wp_mail_failed', fn ($error) => error_log('mail was not sent: ' . $error->get_error_message()));
} else {
    add_filter('pre_wp_mail', function ($sent, $mail) {
        error_log("mail was not sent because QLINES_SMTP_URL is empty; subject: {$mail['subject']}");
        return false;
    }, 10, 2);
}
